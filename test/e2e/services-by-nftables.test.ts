import { describeServices } from './service-matrix.ts';

describeServices('nftables');
