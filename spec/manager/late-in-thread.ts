import { Manager } from 'referent'
import { Late } from './late.ts'

Manager.register('LateInThread', Late)
