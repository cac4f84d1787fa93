// SPDX-License-Identifier: Apache-2.0

import './styles/tokens.css';
import './styles/base.css';
import './styles/ui.css';
import './styles/frame.css';

import {render} from 'preact';

import {App} from './app/App';

render(<App />, document.getElementById('app')!);
