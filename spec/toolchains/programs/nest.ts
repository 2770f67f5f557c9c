// As programs for NestJS are written: a container makes services of what the compiler says of their constructors.
import 'reflect-metadata'
import { Exposed, isMain, Manager, Pool, Process, Shared } from 'referent'
import { addOne, square } from './work.ts'

export { addOne, square }

type Class<T = object> = new (...args: never[]) => T

function Injectable(): (target: object) => void {
  return (target) => Reflect.defineMetadata('injectable', true, target)
}

class Container {
  readonly #made = new Map<Class, object>()

  get<T extends object>(Wanted: Class<T>): T {
    if (Reflect.getMetadata('injectable', Wanted) !== true) throw new Error(`${Wanted.name} can't be injected`)
    const made = this.#made.get(Wanted) ?? this.#make(Wanted)
    this.#made.set(Wanted, made)
    return made as T
  }

  #make(Wanted: Class): object {
    const needed = (Reflect.getMetadata('design:paramtypes', Wanted) ?? []) as Class[]
    return new Wanted(...(needed.map((each) => this.get(each)) as never[]))
  }
}

@Shared()
export class SharedCounter {
  #count: number

  constructor(start: number) {
    this.#count = start
  }

  @Exposed
  add(by: number): number {
    this.#count += by
    return this.#count
  }

  @Exposed
  total(): number {
    return this.#count
  }

  @Exposed
  pid(): number {
    return process.pid
  }
}

@Injectable()
export class Managers {
  readonly running: Promise<Manager> = Manager.start()
}

@Injectable()
export class CounterService {
  readonly managers: Managers

  constructor(managers: Managers) {
    this.managers = managers
  }

  async run(): Promise<void> {
    const manager = await this.managers.running
    const counter = await manager.create(SharedCounter, 10)
    const child = new Process(addOne, [counter as never])
    child.start()
    const isElsewhere = (await counter.pid()) !== process.pid
    const code = await child.join()
    const pool = new Pool({ processes: 1 })
    const squares = await pool.map(square, [3, 4])
    await pool.close()
    console.log(JSON.stringify({ isElsewhere, code, total: await counter.total(), squares }))
    await manager.close()
  }
}

if (isMain()) void new Container().get(CounterService).run()
