/** Where clients need a key, people log in with an admin key. It goes to the API once, and stays nowhere. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, apiAddress, request } from '../api/client.ts';
import { problemFrom } from '../parts/resource.ts';
import { retryNow } from '../state/live.ts';
import { loginReason, noteLogin } from '../state/session.ts';
import { loginSentence } from './login-sentence.ts';

export function LoginView() {
  return (
    <section class="login" aria-labelledby="h-login">
      <h1 id="h-login">Log in</h1>
      <p class="lead" role="status">
        {loginReason.value === 'ended' && <b>Your session has ended. </b>}
        The API at {apiAddress()} wants a key.
      </p>
      {isSecureContext ? <KeyForm /> : <NeedsHttps />}
    </section>
  );
}

/** There, browsers do not say who asks, so no cookie would count. */
const NeedsHttps = () => (
  <p class="none" role="alert">
    <b>You have come over plain http.</b> To log in, the page needs https, or an address of this
    machine such as <code>http://127.0.0.1:8000</code>, also through a tunnel (<code>ssh -L</code>).
  </p>
);

function KeyForm() {
  const field = useRef<HTMLInputElement>(null);
  const [refusal, setRefusal] = useState('');
  const [isBusy, setBusy] = useState(false);
  useEffect(() => field.current?.focus(), []);
  const logIn = async () => {
    const key = field.current?.value.trim() ?? '';
    if (isBusy) return;
    if (key === '') return setRefusal('Enter an admin key.');
    setBusy(true);
    setRefusal('');
    try {
      await openSession(key);
      noteLogin();
      retryNow();
    } catch (error) {
      setBusy(false);
      setRefusal(
        loginSentence(
          problemFrom(error),
          error instanceof ApiError ? error.retryAfterS : undefined,
        ),
      );
      field.current?.select();
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void logIn();
      }}
    >
      <div class="field">
        <label for="f-key">Admin key</label>
        {/* Without a name, no form ever sends it. */}
        <input
          id="f-key"
          ref={field}
          class="mono"
          type="password"
          autocomplete="current-password"
          spellcheck={false}
          maxLength={256}
          aria-describedby="login-refusal"
          aria-invalid={refusal !== ''}
        />
      </div>
      <p id="login-refusal" class="bad" role="alert">
        {refusal}
      </p>
      <button type="submit" class="main" aria-disabled={isBusy}>
        Log in
      </button>
      <p class="note">
        <code>npm run keys -- create --name page --scopes admin</code> makes one.
      </p>
    </form>
  );
}

const openSession = (key: string) =>
  request('/ui/session', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ key }),
  });
