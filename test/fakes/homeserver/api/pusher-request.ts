import { notifyPath } from '../pushing/gateway.ts';
import type { PusherSettings } from '../world/pushers.ts';
import { badJson, invalidParam, MatrixError, missing } from './matrix-error.ts';

/** What `POST /pushers/set` asks for. */
export type PusherRequest =
  | { readonly kind: 'delete'; readonly appId: string; readonly pushkey: string }
  | { readonly kind: 'set'; readonly settings: PusherSettings; readonly append: boolean };

type Json = Readonly<Record<string, unknown>>;

/** The keys of a request to delete, and those of a new pusher. */
const always = ['kind', 'app_id', 'pushkey'] as const;
const textKeys = ['app_id', 'app_display_name', 'device_display_name', 'pushkey', 'lang'] as const;
const ofNew = ['kind', ...textKeys, 'data'] as const;

const maxPushkeyBytes = 512;
const maxAppIdCharacters = 64;
/** Of the first draft. */
const maxInstanceHandleCharacters = 32;

export interface PusherRequestRules {
  readonly deviceId: string;
  readonly wantsInstanceHandle: boolean;
}

/** Reads the body of the request. Throws the `MatrixError` that says what is wrong with it; null is as good as absent. */
export function readPusherRequest(body: Json, rules: PusherRequestRules): PusherRequest {
  // `kind` alone may be null, and has to be there.
  const lacks = (key: string): boolean =>
    key === 'kind' ? !('kind' in body) : (body[key] ?? undefined) === undefined;
  const isDeletion = body['kind'] === null;
  const required = isDeletion ? always : rules.wantsInstanceHandle ? [...ofNew, 'instance_handle'] : ofNew;
  const lacking = required.filter(lacks);
  if (lacking.length > 0) throw missing(lacking);

  const appId = needed(body, 'app_id');
  const pushkey = needed(body, 'pushkey');
  if (isDeletion) return { kind: 'delete', appId, pushkey };
  if (body['kind'] !== 'http') throw invalidParam(`kind must be "http" or null`);
  if (pushkey === '' || Buffer.byteLength(pushkey) > maxPushkeyBytes)
    throw invalidParam(`pushkey must have from 1 to ${maxPushkeyBytes} bytes`);
  if (appId === '' || characters(appId) > maxAppIdCharacters)
    throw invalidParam(`app_id must have from 1 to ${maxAppIdCharacters} characters`);
  const instanceHandle = optional(body, 'instance_handle', 'string');
  if (instanceHandle !== undefined && characters(instanceHandle) > maxInstanceHandleCharacters)
    throw invalidParam(`instance_handle must have at most ${maxInstanceHandleCharacters} characters`);

  const settings: PusherSettings = {
    app_id: appId,
    pushkey,
    app_display_name: needed(body, 'app_display_name'),
    device_display_name: needed(body, 'device_display_name'),
    lang: needed(body, 'lang'),
    profile_tag: optional(body, 'profile_tag', 'string') ?? '',
    ...(instanceHandle !== undefined && { instance_handle: instanceHandle }),
    // Of MSC3881, under the name that clients use until it is part of the specification, too.
    enabled:
      optional(body, 'enabled', 'boolean') ?? optional(body, 'org.matrix.msc3881.enabled', 'boolean') ?? true,
    device_id: rules.deviceId,
    data: readData(body['data']),
  };
  return { kind: 'set', settings, append: optional(body, 'append', 'boolean') ?? false };
}

/** What is wrong with the `url` is `M_MISSING_PARAM`, as Synapse has it. */
function readData(data: unknown): PusherSettings['data'] {
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    throw badJson('data must be an object');
  const { url, format } = data as Json;
  if (url === undefined || url === null) throw missing(['data.url']);
  if (format !== undefined && typeof format !== 'string') throw badJson('data.format must be a text');
  const parsed = typeof url === 'string' ? URL.parse(url) : null;
  if (typeof url !== 'string' || parsed === null || !/^https?:$/.test(parsed.protocol))
    throw unfitUrl('data.url must be an HTTP or HTTPS URL');
  if (parsed.pathname !== notifyPath) throw unfitUrl(`data.url must have the path ${notifyPath}`);
  return { ...data, url };
}

const unfitUrl = (message: string): MatrixError => new MatrixError(400, 'M_MISSING_PARAM', message);

function needed(body: Json, key: string): string {
  const value = body[key];
  if (typeof value !== 'string') throw badJson(`${key} must be a text`);
  return value;
}

interface Types {
  readonly string: string;
  readonly boolean: boolean;
}

function optional<T extends keyof Types>(body: Json, key: string, type: T): Types[T] | undefined {
  const value = body[key] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== type) throw badJson(`${key} must be a ${type === 'string' ? 'text' : type}`);
  return value as Types[T]; // checked above
}

const characters = (text: string): number => Array.from(text).length;
