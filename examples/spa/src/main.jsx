import { createRoot } from 'react-dom/client';
import { App } from './app.jsx';
import { findUser, finishSignIn } from './auth.js';

let problem;
try {
  await finishSignIn();
} catch (error) {
  // Somebody who does not allow it, or comes back by the history to a sign-in that is long over.
  problem = error.message;
}
createRoot(document.getElementById('root')).render(<App signedIn={await findUser()} problem={problem} />);
