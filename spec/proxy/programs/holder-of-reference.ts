import { inspect } from 'node:util'
import { attach, isProxy, type Reference, refOf, typeidOf } from 'referent'
import type { Account } from '../account.ts'

// Has nothing but a reference in its environment: neither the key nor the class.

const account = await attach<Account>(process.env['ACCOUNT'] as Reference<Account>)
console.log(`deposited ${await account.deposit(5)}`)
const opened = await account.openAnother('Opened afar')
console.log(`opened ${typeidOf(opened)} ${isProxy(opened)} ${await opened.deposit(1)}`)
console.log(`inspect ${inspect(account)}`)
await opened.transfer(account, 1)
console.log(`same ${(await attach(refOf(account))) === account}`)
