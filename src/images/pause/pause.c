/*
 * The first process of every pod: it holds the pod's namespaces open, collects the children that lose
 * their parent where the pod shares one process namespace, and leaves at once when told to.
 *
 * No C library, so that any C compiler builds it without headers and the image holds this file alone.
 */

#if defined(__x86_64__)
enum { SYS_rt_sigprocmask = 14, SYS_exit = 60, SYS_wait4 = 61, SYS_rt_sigtimedwait = 128 };
static long syscall4(long number, long a, long b, long c, long d) {
  long result;
  __asm__ volatile("movq %5, %%r10\n\tsyscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(d)
                   : "rcx", "r10", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
enum { SYS_rt_sigprocmask = 135, SYS_exit = 93, SYS_wait4 = 260, SYS_rt_sigtimedwait = 137 };
static long syscall4(long number, long a, long b, long c, long d) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
  return x0;
}
#else
#error "pause is written for x86_64 and aarch64"
#endif

enum { SIGINT = 2, SIGTERM = 15, SIGCHLD = 17, SIG_BLOCK = 0, WNOHANG = 1, SET_BYTES = 8 };

void _start(void) {
  /* A blocked signal waits for us even in the first process of a namespace, where unhandled ones are dropped. */
  unsigned long set = 1ul << (SIGINT - 1) | 1ul << (SIGTERM - 1) | 1ul << (SIGCHLD - 1);
  syscall4(SYS_rt_sigprocmask, SIG_BLOCK, (long)&set, 0, SET_BYTES);
  for (;;) {
    long signal = syscall4(SYS_rt_sigtimedwait, (long)&set, 0, 0, SET_BYTES);
    if (signal == SIGINT || signal == SIGTERM) syscall4(SYS_exit, 0, 0, 0, 0);
    while (syscall4(SYS_wait4, -1, 0, WNOHANG, 0) > 0) {
    }
  }
}
