export { AnswerLog } from './answers/answer-log.ts';
export type { AnswerSigns } from './answers/answer-log.ts';
export { fault, own } from './answers/answer-row.ts';
export type {
  AnswerEnd,
  AnswerFacts,
  AnswerNotes,
  AnswerRow,
  LaterTerms,
  Resend,
  WhenAnswered,
} from './answers/answer-row.ts';
export { createAnswerTable } from './answers/answer-table.ts';
export { outcomeOf } from './answers/outcome-of.ts';
export type { AnswerDetails } from './answers/outcome-of.ts';
export { sharedFaults } from './answers/shared-faults.ts';
export type { SharedFault } from './answers/shared-faults.ts';
export { addressOf } from './connection/address.ts';
export type { Address } from './connection/address.ts';
export { createAddressRules, isCidr } from './addresses/address-rules.ts';
export type { AddressRules } from './addresses/address-rules.ts';
export { checkedAddresses, ForbiddenAddress } from './addresses/checked-addresses.ts';
export { createResolver } from './addresses/resolver.ts';
export type { Resolve } from './addresses/resolver.ts';
export { codeOf, DialError } from './connection/dial-error.ts';
export type { DialFault } from './connection/dial-error.ts';
export { DialingAgent } from './connection/dialing-agent.ts';
export { dialPlain, dialTls } from './connection/dial.ts';
export type { DialOptions } from './connection/dial.ts';
export { reach } from './connection/reach.ts';
export { readAuthorities } from './credentials/authorities.ts';
export { expiryOf } from './credentials/certificate-expiry.ts';
export { readCredentialFile } from './credentials/credential-file.ts';
export { isObject, ownValue, parseObject, toJson } from './json/json-object.ts';
export type { JsonObject } from './json/json-object.ts';
export { cutAt, cutToBytes, cutToCodePoints, cutToJsonBytes, ellipsis } from './text/cut-text.ts';
export { textsOf } from './text/texts-of.ts';
export { trimNotification } from './text/trim-notification.ts';
export { escapedBytes, jsonBytes, unitsOf, utf8Bytes } from './text/utf8.ts';
