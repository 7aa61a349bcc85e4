import type { User } from './users.ts';

/** What a client says of its pusher, as `POST /pushers/set` has it. */
export interface PusherSettings {
  readonly app_id: string;
  readonly pushkey: string;
  readonly app_display_name: string;
  readonly device_display_name: string;
  readonly lang: string;
  readonly profile_tag: string;
  /** The first draft's word for an owner of pushers. */
  readonly instance_handle?: string;
  readonly enabled: boolean;
  readonly device_id: string;
  readonly data: Readonly<Record<string, unknown>> & { readonly url: string };
}

export interface Pusher extends PusherSettings {
  readonly user: User;
  /** UNIX seconds of the last time that it was set: the `pushkey_ts` of its pushes. */
  readonly setAt: number;
}

export interface PusherRules {
  /** By what, besides the user, a pusher is told from the others. */
  readonly key: 'app_id and pushkey' | 'pushkey';
  /** What setting one without `append` removes. */
  readonly removesOfOthers: boolean;
}

export interface Pushers {
  /** Also the ones that went because of it. */
  set(
    user: User,
    settings: PusherSettings,
    append: boolean,
    setAt: number,
  ): { readonly pusher: Pusher; readonly gone: readonly Pusher[] };
  delete(user: User, appId: string, pushkey: string): readonly Pusher[];
  remove(pusher: Pusher): void;
  of(user: User): readonly Pusher[];
  readonly all: readonly Pusher[];
}

export function createPushers(rules: PusherRules): Pushers {
  const pushers = new Set<Pusher>();

  const isSame = (one: Pusher, { app_id, pushkey }: Pick<PusherSettings, 'app_id' | 'pushkey'>): boolean =>
    one.pushkey === pushkey && (rules.key === 'pushkey' || one.app_id === app_id);

  function take(matches: (one: Pusher) => boolean): readonly Pusher[] {
    const taken = [...pushers].filter(matches);
    for (const one of taken) pushers.delete(one);
    return taken;
  }

  return {
    set(user, settings, append, setAt) {
      const removesOthers = !append && rules.removesOfOthers;
      const gone = take((one) => isSame(one, settings) && (one.user === user || removesOthers));
      const pusher = { ...settings, user, setAt };
      pushers.add(pusher);
      return { pusher, gone };
    },
    delete: (user, app_id, pushkey) => take((one) => one.user === user && isSame(one, { app_id, pushkey })),
    remove: (pusher) => void pushers.delete(pusher),
    of: (user) => [...pushers].filter((one) => one.user === user),
    get all() {
      return [...pushers];
    },
  };
}
