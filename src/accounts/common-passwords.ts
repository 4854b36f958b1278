/**
 * What a guesser tries first: common passwords of eight characters and more, in lower case. They hold no space, so one
 * string is the shortest way to write them.
 */
export const commonPasswords: ReadonlySet<string> = new Set(
  `
  00000000 000000000 0000000000 01234567 012345678 0123456789 0987654321 10101010 11111111 111111111
  1111111111 11223344 1122334455 112233445566 12121212 123123123 123321123 12341234 12344321 1234554321
  12345678 123456789 1234567890 1234567891 12345678910 123456789a 123456789q 12345678a 1234567a 123456abc
  123456qwerty 12345abc 12345qwert 1234abcd 1234qwer 123654789 123abc123 123qwe123 123qweasd 123qweasdzxc
  13131313 14725836 147258369 147852369 159357456 159753456 1a2b3c4d 1a2s3d4f 1q2w3e4r 1q2w3e4r! 1q2w3e4r5t
  1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc 1qazxsw2 20202020 22222222 321654987 33333333 44444444 55555555 66666666
  69696969 741852963 77777777 789456123 87654321 88888888 963852741 987654123 987654321 9876543210 99999999
  a1234567 a12345678 a123456789 a1b2c3d4 a1b2c3d4e5 a1s2d3f4 aaaaaaaa aaaaaaaaa abc123123 abc12345 abc123456
  abc123abc abcabcabc abcd1234 abcd1234! abcd12345 abcdefgh abcdefghi abcdefghij access123 access14 admin123
  admin1234 admin12345 admin123456 admin2024 admin888 admin@123 adminadmin administrator administrator1
  alexander alexander1 alexandra alexandria america1 america123 american andrew123 android1 angel123 angelica
  angelina angels123 anthony1 anthony123 apple123 apple1234 arschloch arsenal1 arsenal123 asdasdasd asdf1234
  asdf123456 asdfasdf asdfghjk asdfghjkl asdfghjkl1 asdfghjkl; asdqwe123 ashley12 ashley123 asshole1 australia
  autumn123 autumn2024 avengedsevenfold azerty12 azerty123 azerty1234 azertyui azertyuiop babyboy1 babygirl
  babygirl1 babygirl12 bailey123 banana123 barcelona barcelona1 baseball baseball1 baseball123 basketball
  basketball1 batman123 beautiful beautiful1 benjamin benjamin1 bigboy123 bigdick1 biteme123 blessed1 blessing
  blink182 blueberry1 bonjour1 bonjour123 boston123 brandon1 brandon123 brasil123 brittany bullshit buster123
  butterfly butterfly1 california california1 callofduty canada123 caroline cassandra catherine celtic123
  change_me changeit changeme changeme1 changeme123 charlie1 charlie123 charlotte cheerleader cheese123
  chelsea1 chelsea123 cherry123 chevelle chevrolet cheyenne chicago1 chocolate chocolate1 chouchou christ123
  christian christian1 christina christine christopher cinderella cocacola cocacola1 coffee123 computer
  computer1 computer123 contrasena contraseña cookie123 correcthorsebatterystaple corvette corvette1
  counterstrike courtney cowboys1 cristina crystal1 crystal123 cupcake1 dancer123 dancing1 daniel12 daniel123
  danielle darkness darkstar database david123 december december1 default1 destiny1 devil666 diamond1
  diamond123 diamonds dolphin1 dolphin123 dolphins dominic1 doudou123 dragon12 dragon123 dragonball
  dragonball1 elephant elephant1 elizabeth elizabeth1 emerald1 eminem123 england1 enterprise estrella
  estrella1 excalibur explorer facebook facebook1 facebook123 faith123 falcons1 fatboy123 february fernando
  ferrari1 ferrari123 ficken123 firebird firefly1 fireman1 fishing1 florida1 flower123 flowers1 football
  football1 football12 football123 forever1 forever21 fortnite fortnite1 france123 francesca francisco
  frederick freedom1 freedom123 friday13 friends1 friends123 friendship fuckme69 fuckoff1 fuckoff123 fuckyou!
  fuckyou1 fuckyou12 fuckyou123 fuckyou2 fussball gabriel1 gabriela gabriella gateway1 geheim123 genius123
  george123 germany1 ginger123 gladiator godbless godisgood godzilla goldfish goodbye1 goodluck goodluck1
  google123 gorgeous1 grandma1 greatness greenday greenday1 gregory1 guest123 guest1234 guitar123 hallo123
  hallo1234 hardcore harley123 harry123 hawaii50 heather1 heaven123 hello123 hello1234 hello12345 hellohello
  hellokitty hellokitty1 helloworld helloworld1 hercules highlander hiphop123 hockey123 homework honolulu
  hotstuff hunter12 hunter123 hurricane idontknow ilovegod iloveher ilovehim ilovejesus iloveme1 iloveu123
  iloveyou iloveyou! iloveyou1 iloveyou12 iloveyou123 iloveyou2 iloveyouso instagram internet internet1
  internet123 inuyasha iphone123 ireland1 ironman123 isabella isabelle jackass1 jackson1 jamaica1 january1
  jellybean jennifer jennifer1 jessica1 jessica123 jessie123 jesus123 jesus777 jesuschrist jonathan jonathan1
  jordan123 jordan23 joseph123 joshua12 joshua123 juggalo1 justin123 juventus juventus1 katherine kawasaki
  killer12 killer123 kimberly kingdom1 kittycat knights1 kobe2424 ladybug1 lakers123 lakers24 latchkey
  latchkey1 latchkey1! latchkey123 leonardo leonidas letmein! letmein1 letmein12 letmein123 letmeinnow
  lightning linkedin linkedin1 linkinpark linux123 liverpool liverpool1 liverpool123 lkjhgfdsa login123
  login1234 lol12345 lollol123 london123 longhorn longhorns loser123 loulou123 lovelove lovely123 loveme123
  loveyou1 lucifer1 lucifer666 lucky123 lucky777 macintosh maggie123 magnolia manager1 manager123 manchester
  manunited manutd123 marathon margaret mariposa mariposa1 marlboro marseille marshall master12 master123
  matrix123 matthew1 matthew123 maverick maverick1 megatron melissa1 mercedes mercedes1 metallic metallica
  metallica1 mexico123 michael1 michael123 michelle michelle1 microsoft microsoft1 midnight midnight1
  minecraft minecraft1 minecraft123 mnbvcxz1 mnbvcxzlkjhgfdsapoiuytrewq monday123 monkey12 monkey123 monkeys1
  monopoly monster1 monster123 montana1 moonlight motdepasse motdepasse1 motherfucker motorola mountain
  music123 musicmusic mustang1 mustang123 mylove123 mypassword mypassword1 mysecret mysql123 napoleon naruto12
  naruto123 natalie1 nathan123 newcastle newpassword newpassword1 newyork1 newyork123 nicholas nicholas1
  nicole12 nicole123 nightmare nintendo nirvana1 nostromo nothing1 nothing123 november november1 october1
  october12 olivia123 onelove1 onepiece onepiece1 openup123 oracle123 orange123 overlord p@ssw0rd p@ssw0rd!
  p@ssw0rd1 p@ssw0rd123 p@ssword p@ssword1 p@ssword123 pa$$w0rd pa$$word pa55w0rd pa55word paintball pantera1
  panther1 panthers paradise paradise1 paris123 pass1234 pass12345 pass123456 pass@123 pass@1234 passpass
  passpass1 passport passw0rd passw0rd! passw0rd1 passw0rd123 password password! password00 password01
  password1 password1! password11 password12 password123 password123! password1234 password12345
  password123456 password2 password2020 password2021 password2022 password2023 password2024 password2025
  password2026 password21 password22 password3 password69 password99 passwordd passwords passwort passwort1
  passwort123 patches1 patricia peaches1 peanut123 pepper123 pepsi123 phoenix1 phoenix123 pirates1 platinum
  playboy1 playboy123 playstation playstation2 poiuytrewq pokemon1 pokemon123 poohbear poohbear1 popcorn1
  porsche1 porsche911 postgres postgres1 postgresql precious precious1 predator president princesa princesa1
  princess princess1 princess12 princess123 professional project1 pumpkin1 punkrock purple123 pussy123
  pussycat q1234567 q12345678 q123456789 q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 qazwsx123 qazwsxedc quality1
  qwe123456 qweasd123 qweasdzxc qweqweqwe qwer1234 qwert123 qwert12345 qwerty01 qwerty11 qwerty12 qwerty123
  qwerty1234 qwerty12345 qwerty123456 qwerty78 qwerty78910 qwerty99 qwertyqwerty qwertyu1 qwertyui qwertyuio
  qwertyuiop qwertz123 qwertzui qwertzuiop racecar1 raiders1 rainbow1 rainbow123 rainbow6 rangers1 rangers123
  realmadrid realmadrid1 rebecca1 redskins remember remember1 remington reynaldo richard1 robert123 roblox123
  rocknroll rockstar rockstar1 romance1 root1234 rootbeer rootroot rosebud1 runescape runescape1 russia123
  salasana salasana1 samantha samantha1 samsung1 samsung123 samurai1 sandiego sandwich sasuke123 satan666
  saturday savannah sayang123 sayangku scarface schalke04 schatz123 schools1 scoobydoo scooter1 scorpion
  scorpion1 scotland seahawks sebastian sebastian1 secret123 secret1234 secretsecret security security1
  security123 senators senha123 senha1234 september september1 serenity server123 service1 sexy1234 sexygirl
  shadow12 shadow123 shadow1234 shannon1 shopping1 showtime silver123 simpsons sinister skateboard skater123
  slipknot slipknot1 slipknot666 smokey123 snickers sniper123 snoopdog snowball snowboard soccer123 softball1
  soleil123 something sparky123 spiderman spiderman1 spitfire spongebob spongebob1 spring2023 spring2024
  spring2025 stargate startrek startrek1 starwars starwars1 starwars123 steelers steelers1 stephanie
  stephanie1 sterling stonecold stranger strawberry student1 student123 stupid123 summer12 summer123
  summer2020 summer2021 summer2022 summer2023 summer2024 summer2025 sunday123 sunflower sunflower1 sunshine
  sunshine1 sunshine12 sunshine123 superman superman1 superman123 supernova supersecret superstar superstar1
  support1 support123 susanne1 sweetheart sweetie1 sweetpea swimming swordfish system123 taylor123 teacher1
  teacher123 teamo123 teamomucho temp1234 temp123456 template temporary temppass tennis123 tequiero tequiero1
  terminator test1234 test12345 test123456 tester123 testing1 testing123 testtest texas123 thepassword
  thomas123 thuglife thunder1 thunder123 thunderbird tigers123 tigger12 tigger123 tinkerbell tinkerbell1
  titanic1 titanium tomorrow toor1234 topsecret tottenham transformers treasure triangle trinity1 trooper1
  tropical trustme1 trustno1 trustno11 turtle123 tweety123 twilight twilight1 twitter1 ubuntu123 ultimate
  undertaker unicorn1 unicorn123 universe user1234 user12345 username username1 vacation valentina valentine
  valentine1 vampire1 vanessa1 vegeta123 veronica victoria victoria1 viking123 vincent1 vladimir volleyball
  voyager1 warcraft warrior1 warriors waterfall waterloo webmaster webmaster1 welcome1 welcome1! welcome12
  welcome123 welcome123! welcome2 welcome2023 welcome2024 welcome2025 westside westside1 whatever whatever1
  whatever123 whiskey1 whocares wildcat1 wildcats wildfire william1 william123 williams willkommen willkommen1
  windows1 windows10 windows123 windsurf winter123 winter2023 winter2024 winter2025 wolfpack wolverine
  wonderful wonderland woodland wordpass worldofwarcraft wrestling wrestling1 xbox360123 xxxxxxxx yamaha123
  yankee123 yankees1 yellow123 yourmom1 youtube1 z1234567 zachary1 zaq123456 zaq12wsx zaq1zaq1 zeppelin
  zombie123 zxasqw12 zxcv1234 zxcvbnm, zxcvbnm,. zxcvbnm1 zxcvbnm123 zxcvzxcv zxczxczxc zzzzzzzz
`
    .trim()
    .split(/\s+/),
);
