import { setTimeout as delay } from 'node:timers/promises';
import { messageNotify, type NotifyAnswer } from '../installation/notify.ts';

/** Sends `total` notifies, each of an event of its own to one of 5,000 phones, of one app after the other; resolves to all answers. */
export type Load = (
  post: (notify: object) => Promise<NotifyAnswer>,
  apps: readonly string[],
  firstEvent: number,
  total: number,
) => Promise<NotifyAnswer[]>;

const phones = 5_000;

/** As many open requests as `open`, the next as soon as one is answered. */
export function burst(open: number): Load {
  return async (post, apps, firstEvent, total) => {
    const answers: NotifyAnswer[] = [];
    let next = 0;
    const homeserver = async (): Promise<void> => {
      while (next < total) {
        const event = firstEvent + next++;
        answers.push(await post(notifyOf(event, apps)));
      }
    };
    await Promise.all(Array.from({ length: open }, homeserver));
    return answers;
  };
}

/** Requests at random moments, `rate` a second on average, whether or not the last ones are answered. */
export function poisson(rate: number): Load {
  return async (post, apps, firstEvent, total) => {
    const answers: Promise<NotifyAnswer>[] = [];
    let at = performance.now();
    for (let event = firstEvent; event < firstEvent + total; event++) {
      at += (-Math.log(1 - Math.random()) * 1_000) / rate;
      const wait = at - performance.now();
      if (wait > 0) await delay(wait);
      answers.push(post(notifyOf(event, apps)));
    }
    return Promise.all(answers);
  };
}

function notifyOf(event: number, apps: readonly string[]): object {
  const appId = apps[event % apps.length];
  return messageNotify(event, event % phones, { ...(appId !== undefined && { appId }) });
}
