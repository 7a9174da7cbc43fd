import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isStatus } from '../../api/status-error.ts';
import { parseRequest } from './request-info.ts';

/** method, URL → verb group/version namespace resource/subresource name tail. */
const cases: Readonly<Record<string, readonly [string, string, string]>> = {
  'list in a namespace': ['GET', '/api/v1/namespaces/default/pods?limit=500', 'list |v1|default|pods|||'],
  'list everywhere': ['GET', '/apis/apps/v1/deployments', 'list apps|v1||deployments|||'],
  'one object': ['GET', '/apis/apps/v1/namespaces/a/deployments/web', 'get apps|v1|a|deployments||web|'],
  'a subresource': [
    'PATCH',
    '/apis/apps/v1/namespaces/a/deployments/web/scale',
    'patch apps|v1|a|deployments|scale|web|',
  ],
  'a watch': ['GET', '/api/v1/pods?watch=true', 'watch |v1||pods|||'],
  'a watch by number': ['GET', '/api/v1/pods?watch=1', 'watch |v1||pods|||'],
  'no watch': ['GET', '/api/v1/pods?watch=false', 'list |v1||pods|||'],
  'the old watch path': ['GET', '/api/v1/watch/namespaces/a/pods', 'watch |v1|a|pods|||'],
  'a list of one name': ['GET', '/api/v1/pods?fieldSelector=metadata.name%3Dweb', 'list |v1||pods||web|'],
  'all namespaces': ['GET', '/api/v1/namespaces', 'list |v1||namespaces|||'],
  'one namespace': ['GET', '/api/v1/namespaces/default', 'get |v1|default|namespaces||default|'],
  'finalize a namespace': ['PUT', '/api/v1/namespaces/a/finalize', 'update |v1|a|namespaces|finalize|a|'],
  'a resource called status': ['GET', '/api/v1/namespaces/a/status/x', 'get |v1|a|status||x|'],
  'delete all': ['DELETE', '/api/v1/namespaces/a/pods', 'deletecollection |v1|a|pods|||'],
  'exec by GET is a create': ['GET', '/api/v1/namespaces/a/pods/p/exec?command=ls', 'create |v1|a|pods|exec|p|'],
  'a proxy with a path': [
    'GET',
    '/api/v1/namespaces/a/services/s:80/proxy/x%2Fy/z?q=1',
    'get |v1|a|services|proxy|s:80|/x%2Fy/z',
  ],
  'a proxy without one': ['GET', '/api/v1/namespaces/a/pods/p/proxy', 'get |v1|a|pods|proxy|p|/'],
  'a node proxy': ['GET', '/api/v1/nodes/n/proxy/metrics', 'get |v1||nodes|proxy|n|/metrics'],
  'an encoded name': ['GET', '/api/v1/namespaces/a/configmaps/x%2ey', 'get |v1|a|configmaps||x.y|'],
  'too deep': ['GET', '/api/v1/namespaces/a/pods/p/status/more', 'get |v1|||||'],
  'a group': ['GET', '/apis/apps', 'get |||||||'.slice(0, -1)],
  'a version': ['GET', '/apis/apps/v1', 'get apps|v1|||||'],
  health: ['GET', '/healthz', 'get ||||||'],
};

describe('parseRequest', () => {
  for (const [name, [method, url, expected]] of Object.entries(cases)) {
    it(name, () => {
      const info = parseRequest(method, url);
      const shown = [info.group, info.version, info.namespace, info.resource, info.subresource, info.name, info.tail];
      assert.equal(`${info.verb} ${shown.join('|')}`, expected);
    });
  }
  it('refuses broken percent-encoding', () => {
    assert.throws(
      () => parseRequest('GET', '/api/v1/pods/%zz'),
      (error) => isStatus(error, 'BadRequest'),
    );
  });
});
