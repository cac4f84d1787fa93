// SPDX-License-Identifier: Apache-2.0
// One table: figure, measured, reference, ratio, bar, and whether the bar is met.

export const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

export const quantile = (numbers, q) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)];
};

const format = (value, unit) => {
  if (value === undefined) return '';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toFixed(digits)}${unit ? ` ${unit}` : ''}`;
};

export class Table {
  rows = [];
  failed = false;

  // A row: {figure, value, unit, reference, referenceName, ratio, bar, met}; or {figure, failed}.
  add(row) {
    this.rows.push(row);
    if (row.failed) this.failed = true;
    process.stderr.write(`bench: ${this.cells(row).filter(Boolean).join(' | ')}\n`);
  }

  cells(row) {
    if (row.failed) return [row.figure, `not measured: ${row.failed}`, '', '', '', ''];
    return [
      row.figure,
      format(row.value, row.unit),
      row.reference === undefined ? '' : `${format(row.reference, row.unit)} (${row.referenceName})`,
      row.ratio === undefined ? '' : `${row.ratio.toFixed(2)} x`,
      row.bar ?? '',
      row.met === undefined ? '' : row.met ? 'met' : 'missed',
    ];
  }

  print() {
    const all = [['figure', 'measured', 'reference', 'ratio', 'bar', ''], ...this.rows.map((r) => this.cells(r))];
    const widths = all[0].map((_, i) => Math.max(...all.map((cells) => cells[i].length)));
    for (const cells of all)
      console.log(cells.map((cell, i) => cell.padEnd(widths[i])).join('  ').trimEnd());
  }
}
