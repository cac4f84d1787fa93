// SPDX-License-Identifier: Apache-2.0
//
// What the pages are built of.

export {Bar} from './Bar';
export {Button, type ButtonProps} from './Button';
export {Change} from './Change';
export {Chart, type ChartProps, type Mark, type Series} from './Chart';
export {Copy} from './Copy';
export {Definition, type DefinitionProps} from './Definition';
export {Dialog, type DialogProps} from './Dialog';
export {Empty} from './Empty';
export {Export, type ExportProps, type Format} from './Export';
export {Failure} from './Failure';
export {Icon, type IconName} from './Icon';
export {Json, type JsonMark} from './Json';
export {Menu, type MenuItem, type MenuProps} from './Menu';
export {Num, type NumProps} from './Num';
export {Page} from './Page';
export {Panel, type PanelProps} from './Panel';
export {Popover, type PopoverProps} from './Popover';
export {Select, type SelectProps} from './Select';
export {Table, type Column, type Row, type TableProps} from './Table';
export {Tabs, type TabsProps} from './Tabs';
export {TextField, type TextFieldProps} from './TextField';
export {Time, toDate} from './Time';
export * from './format';
export {useLate} from './late';
