export { startIngress } from './start-ingress.ts';
export type { IngressOptions, StartedIngress } from './start-ingress.ts';
