/** The page: Deja as its operators and data scientists see it. */
import 'uplot/dist/uPlot.min.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/frame.css';
import './styles/controls.css';
import './styles/notices.css';
import './styles/figures.css';
import './styles/tables.css';
import './styles/plots.css';
import './styles/views.css';
import './styles/narrow.css';
import { render } from 'preact';
import { Page } from './page.tsx';
import { followAddress } from './state/address.ts';
import { followLive } from './state/live.ts';
import { followSystemTheme } from './state/theme.ts';

followAddress();
followSystemTheme();
void followLive();
const root = document.getElementById('page');
if (root) render(<Page />, root);
