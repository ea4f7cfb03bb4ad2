/* Needham and Schroeder's protocol, two initiators and two responders, as in needham_schroeder.py:
   the intruder is the network. With -DFIXED the answer names the responder, as Lowe proposed. */

#define A 1  /* also: nobody yet is 0 */
#define B 2
#define E 3  /* the intruder */

/* nonces: those of the initiators are 0 and 1, of the responders 2 and 3, of the intruder 4 */
byte a_place[2], a_partner[2], a_nonce[2];
byte b_place[2], b_partner[2], b_nonce[2];
bit known[5];    /* to the intruder */
bit first[2];    /* {N_A, A}_B, which the intruder cannot open */
bit second[10];  /* {N, N_B}_A, at 2 N + B */
bit third[5];    /* {N}_B */

#define FOOLED(j) (b_place[j] == 2 && b_partner[j] == A && known[2 + j])
#define CHECK assert(!FOOLED(0) && !FOOLED(1))

#ifdef FIXED
#define NAMED(i) (a_partner[i] == B)
#else
#define NAMED(i) true
#endif

#define BEGINS(i) \
  :: d_step { a_place[i] == 0 -> a_place[i] = 1; a_partner[i] = B; first[i] = 1; CHECK } \
  :: d_step { a_place[i] == 0 -> a_place[i] = 1; a_partner[i] = E; known[i] = 1; CHECK }

#define PASSED_ON(i, n) (n == 2 && second[2 * i] || n == 3 && second[2 * i + 1])
#define READS(i, n) \
  :: d_step { \
       a_place[i] == 1 && (known[i] && known[n] || NAMED(i) && PASSED_ON(i, n)) -> \
       a_place[i] = 2; a_nonce[i] = n; \
       if :: a_partner[i] == B -> third[n] = 1 :: else -> known[n] = 1 fi; \
       CHECK \
     }

#define HEARD(n) (n == 0 && first[0] || n == 1 && first[1])
#define OPENS(j, n) \
  :: d_step { \
       b_place[j] == 0 && (known[n] || HEARD(n)) -> \
       b_place[j] = 1; b_partner[j] = A; b_nonce[j] = n; second[2 * n + j] = 1; CHECK \
     } \
  :: d_step { \
       b_place[j] == 0 && known[n] -> \
       b_place[j] = 1; b_partner[j] = E; b_nonce[j] = n; known[2 + j] = 1; CHECK \
     }

#define ENDS(j) \
  :: d_step { b_place[j] == 1 && (known[2 + j] || third[2 + j]) -> b_place[j] = 2; CHECK }

active proctype network()
{
  d_step { known[4] = 1 };
end:
  do
  BEGINS(0) BEGINS(1)
  READS(0, 0) READS(0, 1) READS(0, 2) READS(0, 3) READS(0, 4)
  READS(1, 0) READS(1, 1) READS(1, 2) READS(1, 3) READS(1, 4)
  OPENS(0, 0) OPENS(0, 1) OPENS(0, 2) OPENS(0, 3) OPENS(0, 4)
  OPENS(1, 0) OPENS(1, 1) OPENS(1, 2) OPENS(1, 3) OPENS(1, 4)
  ENDS(0) ENDS(1)
  od
}
