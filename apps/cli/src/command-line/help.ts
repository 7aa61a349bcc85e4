import { exits } from '@carillon/runtime';

/** The text of `carillon --help`. */
export function helpText(): string {
  const codes = Object.values(exits).map(({ code, meaning }) => `  ${String(code).padEnd(4)}${meaning}`);
  return `carillon: a queue-backed, distributed Matrix push gateway

Usage: carillon COMMAND [OPTIONS]

Commands
  ingress   the front door: takes notifies from homeservers and puts them on the queue
  worker    takes deliveries from the queue and sends them to the providers
  start     both in one process, for small installations
  check     names the cause and the cure of what is wrong: configuration, credentials, Redis, clock, providers, queues
  send      rings one phone through the running workers, and tells the provider's answer
  top       what waits and what goes on, live on a terminal, one look elsewhere
  apps      each app: what waits, whether it is parked or held, why, and what to do
  apps resume NAME
            lets an app that is parked or held go on, by hand
  dead list, dead show ID
            deliveries that could not be read or crashed their workers; secrets are hidden
  dead retry ID…|--all, dead drop ID…|--all
            puts them back on their queues, or throws them away
  trace EVENT_ID [PUSHKEY]
            what became of an event's pushes, hop by hop

Options
  -c, --config FILE   the configuration (default: $CARILLON_CONFIG, else carillon.yaml)
  --app GLOB          worker: only apps of these names; may be given several times
  --type TYPE         worker: only apps of these types, such as apns; may be given several times
  --lane LANE         worker: only these lanes (calls, high, low); may be given several times
  --app APP_ID        send: the app_id that the client registers
  --pushkey KEY       send: the phone (APNs: the device token in base64; FCM: the registration token)
  --kind KIND         send: message (the default), call, badge, encrypted, invite or event_id_only
  --data JSON         send: the pusher's data, such as its default_payload
  --timeout TIME      send: how long the outcome is waited for (default: 15s)
  --app GLOB          dead list, and dead retry and drop with --all: only of these apps
  --json              apps, check, dead list, dead show, trace: for programs
  --ops URL           top: the private listener of a process, such as http://10.0.0.5:9402; once for each
                      (default: those of the configuration, on this machine)
  --once              top: one look, also on a terminal
  --offline           check: only the configuration and the credentials; nothing is connected to
  -h, --help          this text
  -v, --version       the version

Signals
  SIGTERM and SIGINT stop in order: nothing is lost. A second one ends at once.

Exit codes
${codes.join('\n')}
  1 of \`send\`: the provider did not take it. 69: no outcome in time
  1 of \`trace\`: nothing is known of the event
  130/143  ended at once by a second SIGINT or SIGTERM
`;
}
