/** What stands around each view: navigation, the state of the stream, theme, foot. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { apiBase, request } from '../api/client.ts';
import { amount, bytes, count } from '../format/figures.ts';
import { clock } from '../format/time.ts';
import { address, hrefOf } from '../state/address.ts';
import { heardAt, isPaused, link, overview, retryNow } from '../state/live.ts';
import { loginReason } from '../state/session.ts';
import { nextTheme, theme } from '../state/theme.ts';
import { say, Toasts } from './notices.tsx';
import { problemFrom } from './resource.ts';

export const VIEWS = [
  ['now', 'Now'],
  ['runs', 'Runs'],
  ['series', 'Series'],
  ['cache', 'Cache'],
  ['webhooks', 'Webhooks'],
  ['try', 'Try it'],
] as const;

export function Frame({ children }: { children: ComponentChildren }) {
  const isOut = loginReason.value !== undefined;
  return (
    <>
      {/* biome-ignore lint/a11y/useValidAnchor: it leads to a place of this page, whose # belongs to the views */}
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById('main')?.focus();
        }}
      >
        Skip to content
      </a>
      <header class="top">
        <div class="top-in">
          <a class="brand" href={hrefOf(['now'])}>
            <Mark />
            Deja
          </a>
          {!isOut && <Navigation />}
          <div class="top-r">
            {!isOut && <LiveDot />}
            {!isOut && <PauseButton />}
            <button class="bare" type="button" onClick={nextTheme}>
              Theme: <b>{theme}</b>
            </button>
            {!isOut && overview.value?.keys && (
              <button class="bare" type="button" onClick={() => void logOut()}>
                Log out
              </button>
            )}
          </div>
        </div>
      </header>
      {!isOut && <AwayBanner />}
      <main id="main" tabIndex={-1} class={link.value.state === 'away' && !isOut ? 'frozen' : ''}>
        {children}
      </main>
      {!isOut && <Foot />}
      <Toasts />
    </>
  );
}

const Mark = () => (
  <svg viewBox="0 0 20 20" aria-hidden="true">
    <circle cx="7.5" cy="10" r="5.75" fill="none" stroke="currentColor" stroke-width="1.75" />
    <circle cx="13" cy="10" r="5.5" fill="currentColor" />
  </svg>
);

function PauseButton() {
  return (
    <button
      class="bare"
      type="button"
      aria-pressed={isPaused.value}
      onClick={() => {
        isPaused.value = !isPaused.value;
      }}
    >
      Pause
    </button>
  );
}

/** The page begins anew, so nothing of what was seen stays. */
async function logOut(): Promise<void> {
  try {
    await request('/ui/session', { method: 'DELETE' });
    location.reload();
  } catch (error) {
    say(`You are still logged in: ${problemFrom(error).detail ?? 'unknown'}`);
  }
}

function Navigation() {
  const [view = 'now'] = address.value.path;
  const figures = overview.value;
  return (
    <nav class="nav" aria-label="Views">
      {VIEWS.map(([name, title]) => (
        <a key={name} href={hrefOf([name])} aria-current={view === name ? 'page' : undefined}>
          {title}
          {name === 'runs' && figures && figures.runs.open > 0 && (
            <span class="n">
              {count(figures.runs.open)}
              <span class="vh"> open</span>
            </span>
          )}
          {name === 'webhooks' && figures && figures.webhooks.dead > 0 && (
            <span class="n bad">
              {count(figures.webhooks.dead)}
              <span class="vh"> dead</span>
            </span>
          )}
        </a>
      ))}
    </nav>
  );
}

function LiveDot() {
  const { state } = link.value;
  const isLive = state === 'live' && !isPaused.value;
  const word =
    state === 'away' ? 'Away' : isPaused.value ? 'Paused' : isLive ? 'Live' : 'Connecting';
  return (
    <span class={`live${isLive ? '' : ' off'}`}>
      <i />
      <span>
        {word}
        <span class="wide-only">, {clock(overview.value?.at)} UTC</span>
      </span>
    </span>
  );
}

const SECOND_MS = 1000;

function AwayBanner() {
  const now = link.value;
  const [, tick] = useState(0);
  const isAway = now.state === 'away';
  useEffect(() => {
    if (!isAway) return;
    const timer = setInterval(() => tick((n) => n + 1), SECOND_MS);
    return () => clearInterval(timer);
  }, [isAway]);
  return (
    <>
      <p class="vh" role="status">
        {now.state === 'away' ? `${now.title} ${now.reason}` : heardAt.value ? 'Live.' : ''}
      </p>
      {now.state === 'away' && (
        <section class="banner" aria-label="Connection">
          <div>
            <b>{now.title}</b>
            <span>
              {now.reason}{' '}
              {heardAt.value === undefined
                ? 'No figures were heard yet.'
                : `The figures are those of ${clock(heardAt.value)} UTC.`}
            </span>
            <span class="acts">
              {now.nextTryAt !== undefined &&
                `Next try in ${Math.max(0, Math.ceil((now.nextTryAt - Date.now()) / SECOND_MS))} s`}
              <button type="button" onClick={retryNow}>
                Try now
              </button>
            </span>
          </div>
        </section>
      )}
    </>
  );
}

function Foot() {
  const figures = overview.value;
  return (
    <footer class="foot">
      <span>Deja {figures?.version ?? ''}</span>
      {figures && <span>{amount(figures.workers, 'worker')}</span>}
      <span>Times are UTC</span>
      {figures && (
        <span>
          History: by minute {figures.history.minute_days} days, by hour {figures.history.hour_days}
          ; {bytes(figures.history.bytes)} in Redis
        </span>
      )}
      <a href={`${apiBase(location.pathname)}/docs`}>API reference</a>
    </footer>
  );
}
