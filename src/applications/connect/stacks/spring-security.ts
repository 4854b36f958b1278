import { isPublic, lacksGrant, lacksOpenId } from '../obstacles.js';
import { type Connection, type Stack, scopeOf } from '../stack.js';

export const springSecurity: Stack = {
  name: 'spring-security',
  title: 'Spring Security',
  family: 'Java',
  sentence:
    'OAuth2 login of a Spring Boot website. Run with Spring Boot 4.1 (Spring Security 7); the settings are the same in Spring Boot 3.',
  usualSite: 'http://localhost:8080',
  findObstacle: (application) =>
    lacksGrant(application, 'authorization_code') ?? isPublic(application) ?? lacksOpenId(application),
  redirectUriOf: (site) => `${site}/login/oauth2/code/latchkey`,
  snippetsFor: (connection) => [
    {
      file: 'pom.xml',
      sentence: 'Among the dependencies.',
      text: `<dependency>
  <groupId>org.springframework.boot</groupId>
  <artifactId>spring-boot-starter-webmvc</artifactId>
</dependency>
<dependency>
  <groupId>org.springframework.boot</groupId>
  <artifactId>spring-boot-starter-security-oauth2-client</artifactId>
</dependency>
`,
    },
    { file: 'application.yml', sentence: 'In src/main/resources.', text: settings(connection) },
    {
      file: 'SecurityConfiguration.java',
      sentence:
        'In the package of your application, which is com.example.demo here. Signing out here signs out at the server as well.',
      text: configuration(),
    },
    { file: 'HomeController.java', text: controller() },
  ],
};

function settings(connection: Connection): string {
  const { application, endpoints, secret } = connection;
  return `spring:
  security:
    oauth2:
      client:
        registration:
          latchkey:
            client-id: ${application.clientId}
            client-secret: ${secret}
            scope: ${scopeOf(connection, ['openid', 'profile', 'email', 'read']).replaceAll(' ', ',')}
        provider:
          latchkey:
            issuer-uri: ${endpoints.issuer}
            # What Principal.getName() answers; left out, it is the number of the account (sub).
            user-name-attribute: preferred_username
`;
}

function configuration(): string {
  return `package com.example.demo;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.oauth2.client.oidc.web.logout.OidcClientInitiatedLogoutSuccessHandler;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.web.SecurityFilterChain;

@Configuration
public class SecurityConfiguration {

  @Bean
  SecurityFilterChain security(HttpSecurity http, ClientRegistrationRepository clients) throws Exception {
    http.authorizeHttpRequests(requests -> requests.anyRequest().authenticated());
    http.oauth2Login(Customizer.withDefaults());
    http.logout(logout -> logout.logoutSuccessHandler(new OidcClientInitiatedLogoutSuccessHandler(clients)));
    return http.build();
  }
}
`;
}

function controller(): string {
  return `package com.example.demo;

import java.util.Map;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
public class HomeController {

  @GetMapping("/")
  Map<String, Object> home(@AuthenticationPrincipal OidcUser user) {
    return Map.of("name", user.getName(), "email", user.getEmail());
  }
}
`;
}
