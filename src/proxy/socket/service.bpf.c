/*
 * Socket-level Service balancing: a pod's socket that asks for a Service address is given an endpoint's address when it
 * connects or sends, so that no packet is translated. What is not found here is left alone, and goes through nftables.
 *
 * Built by build.ts into service.bpf.o; maps are made by layout.ts, whose byte order and sizes follow these structures.
 * Only helpers that need no GPL are used. Addresses and ports are in network byte order throughout.
 */
#include <linux/bpf.h>
#include <linux/in.h>

#define SECTION(name) __attribute__((section(name), used))

static void *(*map_lookup)(void *map, const void *key) = (void *)BPF_FUNC_map_lookup_elem;
static long (*map_update)(void *map, const void *key, const void *value, __u64 flags) = (void *)BPF_FUNC_map_update_elem;
static __u32 (*random_number)(void) = (void *)BPF_FUNC_get_prandom_u32;
static __u64 (*socket_cookie)(void *context) = (void *)BPF_FUNC_get_socket_cookie;
static __u64 (*namespace_cookie)(void *context) = (void *)BPF_FUNC_get_netns_cookie;
static void *(*storage_get)(void *map, void *socket, void *value, __u64 flags) = (void *)BPF_FUNC_sk_storage_get;
static long (*storage_delete)(void *map, void *socket) = (void *)BPF_FUNC_sk_storage_delete;

struct address {
  __u32 ip;
  __u16 port;
  __u16 zero;
};
struct service_key {
  __u32 ip;
  __u16 port;
  __u8 protocol;
  __u8 node;
};
/* A list of endpoints is never changed: a new one is written, then the Service is pointed at it. */
struct service {
  __u32 list;
  __u32 count;
};
struct backend_key {
  __u32 list;
  __u32 index;
};
struct member_key {
  __u32 list;
  struct address address;
};
struct flow_key {
  __u64 socket;
  struct address address;
};
struct flow {
  __u32 list;
  struct address backend;
};
struct peer {
  struct address service;
  struct address backend;
};

/* Replaced by file descriptors when the programs are loaded. */
extern int clients, services, backends, members, flows, origins, peers;

static __attribute__((always_inline)) int same(const struct address *a, const struct address *b) {
  return a->ip == b->ip && a->port == b->port;
}

static __attribute__((always_inline)) struct service *find(struct bpf_sock_addr *context, __u8 protocol) {
  __u64 cookie = namespace_cookie(context);
  __u32 *node = map_lookup(&clients, &cookie);
  if (!node) return 0;
  struct service_key key = { context->user_ip4, (__u16)context->user_port, protocol, (__u8)*node };
  return map_lookup(&services, &key);
}

static __attribute__((always_inline)) struct address *choose(struct service *service) {
  /* Read once: the entry may be replaced while we look. */
  __u32 count = service->count;
  if (count == 0) return 0;
  struct backend_key key = { service->list, random_number() % count };
  return map_lookup(&backends, &key);
}

SECTION("cgroup/connect4") int connect4(struct bpf_sock_addr *context) {
  if (context->protocol != IPPROTO_TCP) return 1;
  struct bpf_sock *socket = context->sk;
  if (!socket) return 1;
  struct service *service = find(context, IPPROTO_TCP);
  struct address *backend = service ? choose(service) : 0;
  if (!backend) {
    storage_delete(&peers, socket);
    return 1;
  }
  struct peer wanted = { { context->user_ip4, (__u16)context->user_port, 0 }, *backend };
  struct peer *stored = storage_get(&peers, socket, &wanted, BPF_SK_STORAGE_GET_F_CREATE);
  /* Without a note of the Service, getpeername would tell another story: leave it to nftables. */
  if (!stored) return 1;
  *stored = wanted;
  context->user_ip4 = wanted.backend.ip;
  context->user_port = wanted.backend.port;
  return 1;
}

SECTION("cgroup/getpeername4") int getpeername4(struct bpf_sock_addr *context) {
  struct bpf_sock *socket = context->sk;
  if (!socket) return 1;
  struct peer *peer = storage_get(&peers, socket, 0, 0);
  if (!peer) return 1;
  struct address shown = { context->user_ip4, (__u16)context->user_port, 0 };
  if (!same(&peer->backend, &shown)) return 1;
  context->user_ip4 = peer->service.ip;
  context->user_port = peer->service.port;
  return 1;
}

SECTION("cgroup/sendmsg4") int sendmsg4(struct bpf_sock_addr *context) {
  if (context->protocol != IPPROTO_UDP) return 1;
  struct service *service = find(context, IPPROTO_UDP);
  if (!service) return 1;
  __u32 list = service->list;
  struct flow_key flow_key = { socket_cookie(context), { context->user_ip4, (__u16)context->user_port, 0 } };
  struct flow next = { list, { 0, 0, 0 } };
  struct flow *flow = map_lookup(&flows, &flow_key);
  int keep = 0;
  if (flow) {
    /* A client stays where it is while its endpoint is among the Service's, as connection tracking has it. */
    next.backend = flow->backend;
    struct member_key member = { list, next.backend };
    keep = flow->list == list || map_lookup(&members, &member) != 0;
  }
  if (!keep) {
    struct address *backend = choose(service);
    if (!backend) return 1;
    next.backend = *backend;
  }
  if (!keep || flow->list != list) {
    if (map_update(&flows, &flow_key, &next, BPF_ANY)) return 1;
  }
  /* Noted again with each datagram where it differs: another Service may have led to the same endpoint since. */
  struct flow_key origin_key = { flow_key.socket, next.backend };
  struct address *origin = map_lookup(&origins, &origin_key);
  if (!origin || !same(origin, &flow_key.address)) {
    if (map_update(&origins, &origin_key, &flow_key.address, BPF_ANY)) return 1;
  }
  context->user_ip4 = next.backend.ip;
  context->user_port = next.backend.port;
  return 1;
}

SECTION("cgroup/recvmsg4") int recvmsg4(struct bpf_sock_addr *context) {
  if (context->protocol != IPPROTO_UDP) return 1;
  __u64 cookie = namespace_cookie(context);
  if (!map_lookup(&clients, &cookie)) return 1;
  struct flow_key key = { socket_cookie(context), { context->user_ip4, (__u16)context->user_port, 0 } };
  struct address *origin = map_lookup(&origins, &key);
  if (!origin) return 1;
  context->user_ip4 = origin->ip;
  context->user_port = origin->port;
  return 1;
}

SECTION("license") char license_text[] = "Apache-2.0";
