import { filePath } from '@carillon/core';
import { z } from 'zod';
import { addressRange, listenAddress } from '../values/address.ts';
import { hostNames } from '../values/host-names.ts';

const header = { error: 'must be the name of an HTTP header, such as X-Forwarded-User' };

/** The web page for those on call (`carillon console`). */
export const consoleSettings = z
  .strictObject(
    {
      listen: listenAddress()
        .prefault('127.0.0.1:9403')
        .describe('Where the console is served. Elsewhere than on this machine alone it needs a login.'),
      hosts: hostNames()
        .default([])
        .describe(
          'Host names that it answers to, besides `localhost`, addresses and names without a dot; asked for by any other, it answers 403.',
        ),
      password_file: filePath()
        .optional()
        .describe(
          'The users and their passwords, a line for each as `carillon console --hash USER` writes it.',
        ),
      trust_proxy: z
        .array(addressRange(), { error: 'must be a list of IP addresses and CIDRs' })
        .default([])
        .describe('Addresses of reverse proxies that sign users in and say in `user_header` who they are.'),
      user_header: z
        .string(header)
        .regex(/^[A-Za-z\d-]{1,64}$/, header)
        .default('X-Forwarded-User')
        .describe('The header of such a proxy. It must take away what a browser sends by that name.'),
    },
    { error: 'must be a map of settings' },
  )
  .transform((settings) => ({
    listen: settings.listen,
    hosts: settings.hosts,
    ...(settings.password_file !== undefined && { passwordFile: settings.password_file }),
    trustProxy: settings.trust_proxy,
    userHeader: settings.user_header,
  }))
  .prefault({})
  .describe('The web page for those on call, `carillon console`.');
