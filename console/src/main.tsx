// SPDX-License-Identifier: Apache-2.0

import './styles/tokens.css';
import './styles/base.css';
import './styles/ui.css';
import './styles/frame.css';

import {render} from 'preact';

import {signedOut} from './api/session';
import {App} from './app/App';
import {beginPage} from './app/begin';
import {readyFormats} from './ui/format';

// The page itself says where nobody whom the engine knows asked for it: then no question has to find out.
if (document.documentElement.dataset.asker === 'nobody')
    signedOut();
beginPage();
render(<App />, document.getElementById('app')!);
setTimeout(readyFormats);
