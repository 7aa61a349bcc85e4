/** What the stand-in for APNs prints when it is ready. */
export interface ApnsReady {
  readonly url: string;
  readonly key_id: string;
  readonly team_id: string;
  readonly topic: string;
  readonly caFile: string;
  readonly keyfile: string;
}

/** What the stand-in for FCM prints when it is ready. */
export interface FcmReady {
  readonly url: string;
  readonly project_id: string;
  readonly service_account_file: string;
  readonly caFile: string;
}

export const iosApp = 'com.example.app.ios';
export const androidApp = 'com.example.app.android';

export interface Surroundings {
  readonly redisUrl: string;
  readonly ports: { readonly gateway: number; readonly console: number };
  readonly apns: ApnsReady;
  readonly fcm: FcmReady;
}

/** The demo's `carillon.yaml`: what an operator would write, but for the stand-ins' addresses. */
export function configuration({ redisUrl, ports, apns, fcm }: Surroundings): string {
  // A JSON text is a YAML text, whatever stands in the path of the temporary folder.
  const text = (value: string): string => JSON.stringify(value);
  return `redis:
  url: ${text(redisUrl)}
ingress:
  listen: 127.0.0.1:${ports.gateway}
  ops_listen: 127.0.0.1:0
console:
  listen: 127.0.0.1:${ports.console}
worker:
  ops_listen: 127.0.0.1:0
  stop_grace: 5s
apps:
  ${iosApp}:
    type: apns
    platform: production
    keyfile: ${text(apns.keyfile)}
    key_id: ${text(apns.key_id)}
    team_id: ${text(apns.team_id)}
    topic: ${text(apns.topic)}
    # Without these two it would be Apple's own.
    endpoint: ${text(apns.url)}
    ca_file: ${text(apns.caFile)}
  ${androidApp}:
    type: fcm
    project_id: ${text(fcm.project_id)}
    service_account_file: ${text(fcm.service_account_file)}
    # Without these two it would be Google's own.
    endpoint: ${text(fcm.url)}
    ca_file: ${text(fcm.caFile)}
`;
}
