import type { Dice } from './dice.ts'
import { type Body, graph, plain } from './fields.ts'
import { oddNames, oddText, plainText, repeat } from './values.ts'

/** A list of arguments as any program may send it. */
export function niceBody(dice: Dice): Body {
  return dice.oneIn(3) ? richBody(dice) : plain(`[${repeat(dice.below(4), () => plainText(dice)).join()}]`)
}

/** A list of arguments, or what should be one, that is not as the page has it; or that is odd. */
export function oddBody(dice: Dice): Body {
  switch (dice.below(8)) {
    case 0:
      return plain(oddText(dice))
    case 1:
      return { fields: [], byteArrays: [] }
    case 2:
      return { fields: [...plain('[]').fields, ...richBody(dice).fields], byteArrays: [] }
    case 3:
      return { fields: [['graph', oddText(dice)]], byteArrays: [] }
    case 4:
      return { ...richBody(dice), byteArrays: [new Uint8Array(dice.below(20))] }
    case 5:
      return sharedPairs(dice.between(2, 40))
    default:
      return graph(['["array",[[1]]]', oddNode(dice), oddNode(dice)], {
        root: dice.oneIn(5) ? oddText(dice) : '[0]',
        leaves: dice.oneIn(3) ? oddLeaves(dice) : leavesOf([[dice.of(oddLeafTexts), dice.of(leafKinds)]]),
        byteArrays: dice.oneIn(2) ? [] : [new Uint8Array(dice.below(20))],
      })
  }
}

function richBody(dice: Dice): Body {
  const value = JSON.stringify(`v${dice.below(9)}`)
  switch (dice.below(8)) {
    case 0:
      return graph(['["array",[[1]]]', `["object",["self","a"],[[1],${value}]]`])
    case 1:
      return graph(['["array",[[1],[2]]]', `["map",["k",[2]],[[1],${value}]]`, `["set",[[1],${value},1]]`])
    case 2:
      return graph(['["array",[[1]]]', `["sparse",${dice.between(6, 900)},[0,5],[${value},[0]]]`])
    case 3:
      return graph(['["array",[[1]]]', '["bytes","Uint8Array",0]'], { byteArrays: [new Uint8Array(dice.below(3000))] })
    case 4:
      return graph(['["array",[[1],[2]]]', '["bytes","Float64Array",0]', '["bytes","DataView",1]'], {
        byteArrays: [new Uint8Array(8 * dice.below(9)), new Uint8Array(dice.below(9))],
      })
    case 5:
      return graph(['["array",[[1]]]', `["error","RangeError",null,1,["message","more"],[${value},[1]]]`])
    case 6:
      return graph(['["array",[[1],[2],[3]]]', '["leaf",0]', '["leaf",1]', '["leaf",2]'], {
        leaves: leavesOf([
          ['"1970-01-01T00:00:00.000Z"', '["Date"]'],
          ['"/a+b/giu"', '["regexp"]'],
          ['"-123456789012345678901234567890"', '["bigint"]'],
        ]),
      })
    default:
      return graph(['["array",[[1],[2]]]', `["bigint","-${'f0'.repeat(dice.between(450, 600))}"]`, '["invalid-date"]'])
  }
}

/** So many levels that each hold the next one twice: as a tree it would have 2 ** levels leaves. */
export function sharedPairs(levels: number, copies = 2): Body {
  const nodes: string[] = []
  for (let copy = 0; copy < copies; copy++) {
    for (let level = 0; level < levels; level++) {
      const next = nodes.length + 2
      nodes.push(level === levels - 1 ? '["array",[]]' : `["object",["l","r"],[[${next}],[${next}]]]`)
    }
  }
  const roots = repeat(copies, (copy) => `[${1 + copy * levels}]`)
  return graph([`["array",[${roots.join()}]]`, ...nodes])
}

/** Node 1 or 2 of a graph of three. */
function oddNode(dice: Dice): string {
  const name = JSON.stringify(dice.of(oddNames))
  const slot = dice.of([
    '[0]',
    '[1]',
    '[2]',
    '[3]',
    '[-1]',
    '[0.5]',
    '["0"]',
    '[]',
    '[0,1]',
    '{}',
    '1e999',
    'null',
    '1',
  ])
  return dice.make([
    () => `["object",[${name}],[${slot}]]`,
    () => `["object",[${name},${name}],[${slot},1]]`,
    () => `["object",["a","b"],[${slot}]]`,
    () => `["object",[${oddText(dice)}],[${slot}]]`,
    () => `["bare",[${name}],[${slot}]]`,
    () => `["array",${oddText(dice)}]`,
    () => `["sparse",${oddText(dice)},[0],[${slot}]]`,
    () => `["sparse",${dice.of(['4294967295', '4294967296', '999999', '1000001', '3'])},[2,1],[1,${slot}]]`,
    () => `["map",[${slot}],[]]`,
    () => `["map",[${slot},1,1],[1,2,3]]`,
    () => `["set",[${slot},[2],1,1]]`,
    () => `["instance",${name},["a"],[${slot}]]`,
    () => `["instance","Point",[${name},"plus"],[1,${slot}]]`,
    () => `["custom",${name},${slot}]`,
    () => `["error",${name},null,0,[],[]]`,
    () => `["error","ManagerError",null,${dice.of(['-1', '99', '1'])},["code","message"],[${slot},${oddText(dice)}]]`,
    () => `["error","Error",${oddText(dice)},1,["message",${name}],["m",${slot}]]`,
    () => `["error","AggregateError",null,1,["message","errors","cause","stack"],["m",${slot},[1],${oddText(dice)}]]`,
    () =>
      `["bytes",${dice.of(['"Float64Array"', '"SharedArrayBuffer"', '"Uint8Array"', name])},${dice.of(['0', '1', '-1', '0.5'])}]`,
    () => `["bigint",${dice.of(['"-"', '""', '"0x12"', '"FF"', '"zz"', '12', 'null'])}]`,
    () => `["leaf",${oddText(dice)}]`,
    () => '["leaf",0]',
    () => `["reference",${oddText(dice)}]`,
    () => `[${name},1,2,3]`,
    () => oddText(dice),
  ])
}

const oddLeafTexts = [
  '"NaN"',
  '"-0"',
  '"1e5"',
  '"0x10"',
  '""',
  '" 12"',
  '"-"',
  '"/(/"',
  '"/a/zz"',
  '"/(a+)+$/"',
  '"a/b"',
  '"/[/"',
  '"http://"',
  '"http://[::1"',
  '"javascript:alert(1)"',
  '"data:,x"',
  '"+275760-09-13T00:00:00.001Z"',
  '"yesterday"',
  'null',
  '12',
  '[]',
  '{"__proto__":null}',
] as const

const leafKinds = [
  '["undefined"]',
  '["number"]',
  '["bigint"]',
  '["Date"]',
  '["regexp"]',
  '["URL"]',
  '["map"]',
  '["set"]',
  '["Error"]',
  '[["typed-array","Uint8Array"]]',
  '[["class","Point"]]',
  '[["custom","x"]]',
  '[["symbol","iterator"]]',
  '["__proto__"]',
  '[]',
  '[["Date"],{"0":["Date"]}]',
] as const

function leavesOf(leaves: readonly (readonly [text: string, kind: string])[]): string {
  const kinds = leaves.map(([, kind], index) => `"${index}":${kind}`)
  return `{"json":[${leaves.map(([text]) => text).join()}],"meta":{"values":{${kinds.join()}},"v":1}}`
}

function oddLeaves(dice: Dice): string {
  return dice.make([
    () => oddText(dice),
    () => `{"json":${oddText(dice)},"meta":{"values":{"0":["Date"]},"v":1}}`,
    () => `{"json":["1"],"meta":{"values":${oddText(dice)},"v":1}}`,
    () => `{"json":["1"],"meta":{"values":{"0.a.__proto__":["bigint"]},"v":1}}`,
    () =>
      `{"json":["1"],"meta":{"values":{"constructor":["bigint"]},"referentialEqualities":{"0":["constructor"]},"v":1}}`,
    () => `{"json":["1","2"],"meta":{"values":{"0":["bigint"]},"v":${oddText(dice)}}}`,
    () => `{"json":300000000,"meta":{"values":[["typed-array","Uint8Array"]],"v":1}}`,
  ])
}
