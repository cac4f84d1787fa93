// SPDX-License-Identifier: Apache-2.0
//
// The one question that Overview is drawn from.

import type {Query} from '../../api/client';
import {type View, viewQuery} from '../../app/view';

export function overviewQuery(view: View): Query {
    return viewQuery(view, ['range', 'filters', 'traffic', 'compare', 'bucket']);
}
