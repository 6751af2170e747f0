/** Which view an address shows. */
import { useEffect } from 'preact/hooks';
import { Frame, VIEWS } from './parts/frame.tsx';
import { Empty } from './parts/notices.tsx';
import { address, hrefOf } from './state/address.ts';
import { loginReason } from './state/session.ts';
import { CacheView } from './views/cache.tsx';
import { LoginView } from './views/login.tsx';
import { NowView } from './views/now.tsx';
import { OneRunView } from './views/one-run.tsx';
import { OneSeriesView } from './views/one-series.tsx';
import { RunsView } from './views/runs.tsx';
import { SeriesView } from './views/series.tsx';
import { TryView } from './views/try.tsx';
import { WebhooksView } from './views/webhooks.tsx';

export function Page() {
  const [view = 'now', id] = address.value.path;
  const isOut = loginReason.value !== undefined;
  const named = VIEWS.find(([name]) => name === view)?.[1] ?? 'Not found';
  const title = isOut ? 'Log in' : (id ?? named);
  useEffect(() => {
    document.title = `${title} · Deja`;
  }, [title]);
  return <Frame>{isOut ? <LoginView /> : viewOf(view, id)}</Frame>;
}

function viewOf(view: string, id: string | undefined) {
  switch (view) {
    case 'now':
      return <NowView />;
    case 'runs':
      return id === undefined ? <RunsView /> : <OneRunView key={id} id={id} />;
    case 'series':
      return id === undefined ? <SeriesView /> : <OneSeriesView key={id} id={id} />;
    case 'cache':
      return <CacheView />;
    case 'webhooks':
      return <WebhooksView />;
    case 'try':
      return <TryView />;
    default:
      return (
        <section>
          <h1>There is no view {view}.</h1>
          <Empty title="Begin with">
            <a href={hrefOf(['now'])}>Now</a>.
          </Empty>
        </section>
      );
  }
}
