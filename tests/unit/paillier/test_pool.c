/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Randomisers made ahead of time: every one right, and every one used once, by threads, by children of fork, by
 * processes that share a file, and whenever a process dies. What is used is seen in the exponents an encryption keeps.
 */
#include "lib/paillier/pool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/identity.h"
#include "tests/unit/paillier/oracle.h"

/* ---- what the system does: this program's own calls, which may fail, or be the last thing done, or not be the truth ---- */

static pid_t pretended; /* 0: no */
static int no_marks;    /* memory cannot be wiped on fork */

/* A signal whose handler forks, and the child, too, goes on where the signal came: behind one of these calls. */
static struct {
    int at;      /* the how many-th answer of getpid, counted down; 0: none */
    int locked;  /* or behind the lock of a file */
    pid_t child; /* 0 in the child */
    void (*meanwhile)(void); /* what others do before the parent goes on */
} split;

static void split_now(void)
{
    split.locked = 0;
    split.child = fork();
    if (split.child > 0)
        split.meanwhile();
}

pid_t getpid(void)
{
    pid_t answer = pretended != 0 ? pretended : (pid_t)syscall(SYS_getpid);

    if (split.at > 0 && --split.at == 0)
        split_now();
    return answer;
}

int madvise(void *start, size_t len, int advice)
{
    if (!no_marks)
        return (int)syscall(SYS_madvise, start, len, advice);
    errno = EINVAL;
    return -1;
}

static struct {
    int stage; /* 1: before the cut, 2: after it, 3: before the sync, 4: after it; 0: nothing happens */
    int fail;  /* fail instead of dying */
    useconds_t delay; /* before the cut */
    char order[16];
} disk;

static int event(int stage, char letter)
{
    size_t len = strlen(disk.order);

    if (letter != 0 && len + 1 < sizeof disk.order)
        disk.order[len] = letter;
    if (disk.stage != stage)
        return 0;
    if (!disk.fail)
        raise(SIGKILL);
    errno = EIO;
    return -1;
}

int ftruncate(int fd, off_t len)
{
    long result;

    if (event(1, 't') != 0)
        return -1;
    if (disk.delay > 0)
        (void)usleep(disk.delay);
    result = syscall(SYS_ftruncate, fd, len);
    return event(2, 0) != 0 ? -1 : (int)result;
}

int fsync(int fd)
{
    long result;

    if (event(3, 's') != 0)
        return -1;
    result = syscall(SYS_fsync, fd);
    return event(4, 0) != 0 ? -1 : (int)result;
}

int flock(int fd, int operation)
{
    int result = (int)syscall(SYS_flock, fd, operation);

    if (result == 0 && split.locked)
        split_now();
    return result;
}

/* ---- a key, somebody, and a place ---- */

typedef struct world {
    oracle o;
    quorsum_encryptor *encryptor;
    quorsum_identity *owner;
    char directory[64];
    char path[80];
} world;

static void world_open_size(world *w, size_t bits, unsigned s, quorsum_randomiser randomiser)
{
    memset(w, 0, sizeof *w);
    oracle_open_random(&w->o, bits, s, randomiser);
    cr_assert_eq(quorsum_encryptor_new(&w->encryptor, w->o.key, NULL), QUORSUM_OK);
    cr_assert_eq(quorsum_identity_generate(&w->owner), QUORSUM_OK);
    strcpy(w->directory, "/tmp/quorsum-pool-XXXXXX");
    cr_assert_not_null(mkdtemp(w->directory));
    (void)snprintf(w->path, sizeof w->path, "%s/pool", w->directory);
}

static void world_open(world *w)
{
    world_open_size(w, 64, 1, QUORSUM_RANDOMISER_SHORT);
}

static void world_close(world *w)
{
    (void)unlink(w->path);
    (void)rmdir(w->directory);
    quorsum_encryptor_free(w->encryptor);
    quorsum_identity_free(w->owner);
    oracle_close(&w->o);
}

static quorsum_plaintexts *numbers_to_encrypt(oracle *o, size_t count)
{
    quorsum_plaintexts *plaintexts = NULL;
    mpz_t m;

    mpz_init(m);
    cr_assert_eq(quorsum_plaintexts_new(&plaintexts, o->key, count), QUORSUM_OK);
    for (size_t i = 0; i < count; i++) {
        mpz_urandomm(m, o->random, o->ns);
        cr_assert_eq(set_number(plaintexts, i, m), QUORSUM_OK);
    }
    mpz_clear(m);
    return plaintexts;
}

/* Exponents that were used, one after the other. */
typedef struct used {
    mp_limb_t *alpha;
    size_t count;
    size_t limbs;
} used;

static void use(used *list, const qs_secret *alpha, size_t limbs)
{
    list->limbs = limbs;
    list->alpha = realloc(list->alpha, (list->count * limbs + alpha->limbs) * sizeof *list->alpha);
    memcpy(list->alpha + list->count * limbs, alpha->limb, alpha->limbs * sizeof *list->alpha);
    list->count += alpha->limbs / limbs;
}

static size_t sort_limbs;

static int by_value(const void *a, const void *b)
{
    return memcmp(a, b, sort_limbs * sizeof(mp_limb_t));
}

static void expect_all_different(used *list)
{
    sort_limbs = list->limbs;
    qsort(list->alpha, list->count, list->limbs * sizeof *list->alpha, by_value);
    for (size_t i = 1; i < list->count; i++)
        cr_assert_neq(by_value(list->alpha + (i - 1) * list->limbs, list->alpha + i * list->limbs), 0,
                      "a randomiser was used twice");
}

/* Encrypts `count` random numbers, checks the ciphertexts by the formula and notes the exponents. */
static void encrypt_checked(world *w, const quorsum_encryptor *encryptor, size_t count, unsigned threads, used *list)
{
    quorsum_run run = {.threads = threads};
    quorsum_plaintexts *plaintexts = numbers_to_encrypt(&w->o, count);
    quorsum_ciphertexts *ciphertexts = NULL;
    size_t limbs = qs_alpha_limbs(w->o.key);
    qs_secret alpha;
    mpz_t m, exponent, wanted, got;

    cr_assert_eq(qs_encrypt_keep(&ciphertexts, &alpha, encryptor, plaintexts, &run), QUORSUM_OK);
    mpz_inits(m, wanted, got, NULL);
    for (size_t i = 0; i < count; i++) {
        get_number(&w->o, m, plaintexts, i);
        mpz_roinit_n(exponent, alpha.limb + i * limbs, (mp_size_t)limbs);
        cr_assert_leq(mpz_sizeinbase(exponent, 2), w->o.key->alpha_bits);
        oracle_encrypt(&w->o, wanted, m, exponent);
        number_of(&w->o, got, ciphertexts, i);
        cr_assert_eq(mpz_cmp(got, wanted), 0, "element %zu of %zu, degree %u", i, count, w->o.s);
        oracle_decrypt(&w->o, got, got);
        cr_assert_eq(mpz_cmp(got, m), 0);
    }
    mpz_clears(m, wanted, got, NULL);
    use(list, &alpha, limbs);
    qs_secret_clear(&alpha);
    quorsum_plaintexts_free(plaintexts);
    quorsum_ciphertexts_free(ciphertexts);
}

/* ---- in memory ---- */

Test(pool, gives_right_randomisers_for_every_degree_and_length)
{
    static const size_t sizes[] = {20, 64, 130};

    for (unsigned s = 1; s <= 4; s++)
        for (int randomiser = 0; randomiser < 3; randomiser++)
            for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
                used list = {0};
                world w;

                world_open_size(&w, sizes[k], s, (quorsum_randomiser)randomiser);
                cr_assert_eq(quorsum_pool_fill(w.encryptor, 11, NULL), QUORSUM_OK);
                encrypt_checked(&w, w.encryptor, 9, 1, &list);
                cr_expect_eq(quorsum_pool_available(w.encryptor), 2);
                encrypt_checked(&w, w.encryptor, 9, 1, &list);
                cr_expect_eq(quorsum_pool_available(w.encryptor), 0);
                if (w.o.key->alpha_bits > 60)
                    expect_all_different(&list);
                free(list.alpha);
                world_close(&w);
            }
}

/* Every mixture within a group of eight, across groups, and across the pool's blocks. */
Test(pool, serves_first_and_the_rest_is_fresh)
{
    used list = {0};
    world w;

    world_open(&w);
    cr_expect_eq(quorsum_pool_available(w.encryptor), 0);
    for (unsigned threads = 1; threads <= 3; threads++)
        for (size_t ready = 1; ready <= 18; ready++) {
            cr_assert_eq(quorsum_pool_fill(w.encryptor, ready, NULL), QUORSUM_OK);
            cr_assert_eq(quorsum_pool_available(w.encryptor), ready);
            encrypt_checked(&w, w.encryptor, 17, threads, &list);
            cr_assert_eq(quorsum_pool_available(w.encryptor), ready == 18 ? 1 : 0);
            if (ready == 18)
                encrypt_checked(&w, w.encryptor, 1, threads, &list);
        }
    cr_assert_eq(quorsum_pool_fill(w.encryptor, 2 * QS_POOL_BLOCK + 3, NULL), QUORSUM_OK);
    for (size_t left = 2 * QS_POOL_BLOCK + 3; left > 0; left -= left < 100 ? left : 100) {
        cr_assert_eq(quorsum_pool_available(w.encryptor), left);
        encrypt_checked(&w, w.encryptor, left < 100 ? left : 100, 2, &list);
    }
    expect_all_different(&list);
    free(list.alpha);
    world_close(&w);
}

Test(pool, serves_rerandomising)
{
    quorsum_ciphertexts *before = NULL, *after = NULL;
    quorsum_plaintexts *plaintexts;
    world w;
    mpz_t m, got;

    world_open(&w);
    plaintexts = numbers_to_encrypt(&w.o, 12);
    cr_assert_eq(quorsum_encrypt(&before, w.encryptor, plaintexts, NULL), QUORSUM_OK);
    cr_assert_eq(quorsum_pool_fill(w.encryptor, 20, NULL), QUORSUM_OK);
    cr_assert_eq(quorsum_ciphertexts_rerandomise(&after, w.encryptor, before, NULL), QUORSUM_OK);
    cr_expect_eq(quorsum_pool_available(w.encryptor), 8);
    mpz_inits(m, got, NULL);
    for (size_t i = 0; i < 12; i++) {
        number_of(&w.o, got, after, i);
        number_of(&w.o, m, before, i);
        cr_expect_neq(mpz_cmp(m, got), 0);
        oracle_decrypt(&w.o, got, got);
        get_number(&w.o, m, plaintexts, i);
        cr_expect_eq(mpz_cmp(m, got), 0);
    }
    mpz_clears(m, got, NULL);
    quorsum_ciphertexts_free(before);
    quorsum_ciphertexts_free(after);
    quorsum_plaintexts_free(plaintexts);
    world_close(&w);
}

static int stop_at(uint64_t done, uint64_t total, void *user)
{
    (void)total;
    return done >= *(uint64_t *)user;
}

/* Each worker may have one group more under way when it is told to stop. */
Test(pool, keeps_what_a_cancelled_call_did_not_take)
{
    uint64_t limit = QS_FIXED_GROUP;
    quorsum_run run = {.threads = 1, .progress = stop_at, .user = &limit};
    quorsum_plaintexts *plaintexts;
    quorsum_ciphertexts *out = NULL;
    used list = {0};
    world w;

    world_open(&w);
    plaintexts = numbers_to_encrypt(&w.o, 40);
    cr_assert_eq(quorsum_pool_fill(w.encryptor, 50, NULL), QUORSUM_OK);
    cr_expect_eq(quorsum_encrypt(&out, w.encryptor, plaintexts, &run), QUORSUM_ERR_CANCELLED);
    cr_expect_eq(quorsum_pool_available(w.encryptor), 50 - QS_FIXED_GROUP);
    encrypt_checked(&w, w.encryptor, 50 - QS_FIXED_GROUP, 1, &list);
    limit = QS_POOL_BLOCK;
    cr_expect_eq(quorsum_pool_fill(w.encryptor, 3 * QS_POOL_BLOCK, &run), QUORSUM_ERR_CANCELLED);
    cr_expect_eq(quorsum_pool_available(w.encryptor), QS_POOL_BLOCK);
    free(list.alpha);
    quorsum_plaintexts_free(plaintexts);
    world_close(&w);
}

Test(pool, refuses_what_makes_no_sense)
{
    quorsum_encryptor *none = (quorsum_encryptor *)1;
    quorsum_pool_info info;
    world w;

    world_open(&w);
    cr_expect_eq(quorsum_pool_fill(NULL, 1, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_pool_fill(w.encryptor, 0, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_pool_fill(w.encryptor, QS_COUNT_MAX + 1, NULL), QUORSUM_ERR_LIMIT);
    cr_expect_eq(quorsum_pool_available(NULL), 0);
    cr_expect_eq(quorsum_pool_make(NULL, w.encryptor, w.owner, 1, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_pool_make(w.path, NULL, w.owner, 1, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_pool_make(w.path, w.encryptor, NULL, 1, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_pool_make(w.path, w.encryptor, w.owner, 0, NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_pool_make(w.path, w.encryptor, w.owner, QS_COUNT_MAX + 1, NULL), QUORSUM_ERR_LIMIT);
    cr_expect_eq(quorsum_pool_open(NULL, w.path, w.o.key, w.owner, 1), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_pool_open(&none, NULL, w.o.key, w.owner, 1), QUORSUM_ERR_ARGUMENT);
    cr_expect_null(none);
    cr_expect_eq(quorsum_pool_open(&none, w.path, NULL, w.owner, 1), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_pool_open(&none, w.path, w.o.key, NULL, 1), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_pool_open(&none, w.path, w.o.key, w.owner, 0), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_pool_open(&none, w.path, w.o.key, w.owner, QS_COUNT_MAX + 1), QUORSUM_ERR_LIMIT);
    cr_expect_eq(quorsum_pool_open(&none, w.path, w.o.key, w.owner, 1), QUORSUM_ERR_NOT_FOUND);
    cr_expect_eq(quorsum_pool_open(&none, w.directory, w.o.key, w.owner, 1), QUORSUM_ERR_TYPE);
    cr_expect_eq(quorsum_pool_inspect(&info, "/dev/null"), QUORSUM_ERR_TYPE);
    cr_expect_eq(quorsum_pool_inspect(NULL, w.path), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(quorsum_pool_inspect(&info, w.path), QUORSUM_ERR_NOT_FOUND);
    world_close(&w);
}

/* ---- threads ---- */

#define TAKERS 4
#define ROUNDS 150
#define VECTOR 67

typedef struct taker {
    world *w;
    quorsum_plaintexts *plaintexts;
    used list;
    quorsum_status status;
} taker;

static void *take_often(void *argument)
{
    taker *self = argument;
    quorsum_run run = {.threads = 1};

    for (int i = 0; i < ROUNDS && self->status == QUORSUM_OK; i++) {
        quorsum_ciphertexts *ciphertexts = NULL;
        qs_secret alpha;

        self->status = qs_encrypt_keep(&ciphertexts, &alpha, self->w->encryptor, self->plaintexts, &run);
        if (self->status == QUORSUM_OK)
            use(&self->list, &alpha, qs_alpha_limbs(self->w->o.key));
        qs_secret_clear(&alpha);
        quorsum_ciphertexts_free(ciphertexts);
    }
    return NULL;
}

static void *fill_often(void *argument)
{
    world *w = argument;
    quorsum_run run = {.threads = 1};

    for (size_t i = 0; i < 40; i++)
        if (quorsum_pool_fill(w->encryptor, 1 + i % 17, &run) != QUORSUM_OK)
            return w; /* not NULL: it failed */
    return NULL;
}

Test(pool, is_filled_while_others_take_from_it)
{
    taker takers[TAKERS];
    pthread_t threads[TAKERS], filler;
    used all = {0};
    void *failed;
    world w;

    world_open(&w);
    for (size_t i = 0; i < TAKERS; i++)
        takers[i] = (taker){.w = &w, .plaintexts = numbers_to_encrypt(&w.o, VECTOR)};
    cr_assert_eq(quorsum_pool_fill(w.encryptor, TAKERS * ROUNDS * VECTOR - 300, NULL), QUORSUM_OK);
    cr_assert_eq(pthread_create(&filler, NULL, fill_often, &w), 0);
    for (size_t i = 0; i < TAKERS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, take_often, &takers[i]), 0);
    cr_assert_eq(pthread_join(filler, &failed), 0);
    cr_expect_null(failed);
    for (size_t i = 0; i < TAKERS; i++) {
        qs_secret alpha;

        cr_assert_eq(pthread_join(threads[i], NULL), 0);
        cr_assert_eq(takers[i].status, QUORSUM_OK);
        cr_expect_eq(takers[i].list.count, ROUNDS * VECTOR);
        alpha = (qs_secret){takers[i].list.alpha, takers[i].list.count * takers[i].list.limbs};
        use(&all, &alpha, takers[i].list.limbs);
        free(takers[i].list.alpha);
        quorsum_plaintexts_free(takers[i].plaintexts);
    }
    encrypt_checked(&w, w.encryptor, 50, 2, &all); /* whatever the takers left, and that it is still sound */
    expect_all_different(&all);
    free(all.alpha);
    world_close(&w);
}

/* ---- fork ---- */

static int ended_well(pid_t child)
{
    int status;

    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* In a child: no assertions, which would speak for the parent; the number says what was wrong. */
static int child_has_nothing(const world *w, const quorsum_plaintexts *plaintexts, int out)
{
    quorsum_run run = {.threads = 1};
    quorsum_ciphertexts *ciphertexts = NULL;
    qs_secret alpha;

    if (quorsum_pool_available(w->encryptor) != 0)
        return 1;
    if (quorsum_pool_fill(w->encryptor, 5, &run) != QUORSUM_ERR_ARGUMENT)
        return 2;
    if (qs_encrypt_keep(&ciphertexts, &alpha, w->encryptor, plaintexts, &run) != QUORSUM_OK)
        return 3;
    if (out >= 0 && write(out, alpha.limb, alpha.limbs * sizeof *alpha.limb) !=
                        (ssize_t)(alpha.limbs * sizeof *alpha.limb))
        return 4;
    qs_secret_clear(&alpha);
    quorsum_ciphertexts_free(ciphertexts);
    quorsum_encryptor_free(w->encryptor);
    return 0;
}

/* Reads `count` exponents that a child wrote. */
static void use_written(used *list, const quorsum_public_key *key, size_t count, int in)
{
    qs_secret alpha;

    cr_assert_eq(qs_secret_init(&alpha, count * qs_alpha_limbs(key)), 0);
    cr_assert_eq(read(in, alpha.limb, alpha.limbs * sizeof *alpha.limb), (ssize_t)(alpha.limbs * sizeof *alpha.limb));
    use(list, &alpha, qs_alpha_limbs(key));
    qs_secret_clear(&alpha);
}

static struct {
    const world *w;
    const quorsum_plaintexts *plaintexts;
    used list;
} bystander;

/* Another thread of the parent. */
static void bystander_takes(void)
{
    quorsum_run run = {.threads = 1};
    quorsum_ciphertexts *ciphertexts = NULL;
    qs_secret alpha;

    cr_assert_eq(qs_encrypt_keep(&ciphertexts, &alpha, bystander.w->encryptor, bystander.plaintexts, &run), QUORSUM_OK);
    use(&bystander.list, &alpha, qs_alpha_limbs(bystander.w->o.key));
    qs_secret_clear(&alpha);
    quorsum_ciphertexts_free(ciphertexts);
}

/* One encryption, cut in two by a fork behind the at-th getpid: whether there are as many. Parent and child may make the
 * same ciphertexts of the same numbers, which tells nobody anything; a bystander's numbers are others. */
static int encrypt_split(world *w, const quorsum_plaintexts *plaintexts, int at, used *parent, used *child)
{
    quorsum_run run = {.threads = 1};
    quorsum_ciphertexts *ciphertexts = NULL;
    quorsum_status status;
    qs_secret alpha;
    int ends[2], left;

    cr_assert_eq(pipe(ends), 0);
    split.child = -1;
    split.at = at;
    status = qs_encrypt_keep(&ciphertexts, &alpha, w->encryptor, plaintexts, &run);
    left = split.at;
    split.at = 0; /* what follows may ask for the number, too */
    if (split.child == 0 && status == QUORSUM_OK)
        (void)!write(ends[1], alpha.limb, alpha.limbs * sizeof *alpha.limb);
    if (split.child == 0)
        _exit(status != QUORSUM_ERR_CANCELLED);
    cr_assert_eq(status, QUORSUM_OK);
    use(parent, &alpha, qs_alpha_limbs(w->o.key));
    if (split.child > 0 && !ended_well(split.child))
        use_written(child, w->o.key, quorsum_plaintexts_count(plaintexts), ends[0]);
    qs_secret_clear(&alpha);
    quorsum_ciphertexts_free(ciphertexts);
    close(ends[0]);
    close(ends[1]);
    return left == 0;
}

Test(pool, gives_nothing_to_a_child_whose_fork_cut_the_call_in_two)
{
    quorsum_plaintexts *plaintexts;
    used parent = {0}, child = {0};
    int at = 0;
    world w;

    world_open(&w);
    plaintexts = numbers_to_encrypt(&w.o, 20);
    bystander.w = &w;
    bystander.plaintexts = numbers_to_encrypt(&w.o, 7);
    split.meanwhile = bystander_takes;
    do
        cr_assert_eq(quorsum_pool_fill(w.encryptor, 40, NULL), QUORSUM_OK);
    while (encrypt_split(&w, plaintexts, ++at, &parent, &child));
    cr_expect_gt(at, 5, "reserving, and before and behind each of two groups");
    cr_assert_gt(bystander.list.count, 0);
    for (used *list = &parent; list != NULL; list = list == &parent ? &child : NULL) {
        qs_secret others = {bystander.list.alpha, bystander.list.count * bystander.list.limbs};

        use(list, &others, bystander.list.limbs);
        expect_all_different(list);
        free(list->alpha);
    }
    free(bystander.list.alpha);
    quorsum_plaintexts_free((quorsum_plaintexts *)(uintptr_t)bystander.plaintexts);
    quorsum_plaintexts_free(plaintexts);
    world_close(&w);
}

Test(pool, is_empty_in_a_child_of_fork)
{
    quorsum_plaintexts *plaintexts;
    used list = {0};
    world w;
    int ends[2];
    pid_t child;

    world_open(&w);
    plaintexts = numbers_to_encrypt(&w.o, VECTOR);
    cr_assert_eq(quorsum_pool_fill(w.encryptor, 2 * VECTOR, NULL), QUORSUM_OK);
    cr_assert_eq(pipe(ends), 0);
    child = fork();
    if (child == 0)
        _exit(child_has_nothing(&w, plaintexts, ends[1]));
    cr_expect(ended_well(child));
    use_written(&list, w.o.key, VECTOR, ends[0]);
    cr_expect_eq(quorsum_pool_available(w.encryptor), 2 * VECTOR);
    encrypt_checked(&w, w.encryptor, 2 * VECTOR, 1, &list);
    cr_expect_eq(quorsum_pool_available(w.encryptor), 0);
    expect_all_different(&list);
    free(list.alpha);
    quorsum_plaintexts_free(plaintexts);
    world_close(&w);
}

/* The two ways to tell a child: each suffices. A grandchild may be given the number of a grandparent that is gone. */
Test(pool, knows_a_child_by_its_memory_or_by_its_number)
{
    for (int way = 0; way < 2; way++) {
        quorsum_plaintexts *plaintexts;
        pid_t child;
        world w;

        no_marks = way == 1;
        world_open(&w);
        plaintexts = numbers_to_encrypt(&w.o, VECTOR);
        cr_assert_eq(quorsum_pool_fill(w.encryptor, VECTOR, NULL), QUORSUM_OK);
        child = fork();
        if (child == 0) {
            if (way == 0)
                pretended = getppid();
            _exit(child_has_nothing(&w, plaintexts, -1));
        }
        cr_expect(ended_well(child));
        cr_expect_eq(quorsum_pool_available(w.encryptor), VECTOR);
        quorsum_plaintexts_free(plaintexts);
        world_close(&w);
    }
}

/* A child's child, and a child that a thread's lock was taken from. */
Test(pool, stays_empty_and_never_locks_a_child_up)
{
    quorsum_plaintexts *plaintexts;
    pthread_t filler;
    void *failed;
    world w;

    world_open(&w);
    plaintexts = numbers_to_encrypt(&w.o, VECTOR);
    cr_assert_eq(quorsum_pool_fill(w.encryptor, 200, NULL), QUORSUM_OK);
    cr_assert_eq(pthread_create(&filler, NULL, fill_often, &w), 0);
    for (int i = 0; i < 20; i++) {
        pid_t child = fork();

        if (child == 0) {
            pid_t grandchild;

            alarm(60);
            grandchild = fork();
            if (grandchild == 0)
                _exit(child_has_nothing(&w, plaintexts, -1));
            _exit(!ended_well(grandchild) || quorsum_pool_available(w.encryptor) != 0);
        }
        cr_assert(ended_well(child));
    }
    cr_assert_eq(pthread_join(filler, &failed), 0);
    cr_expect_null(failed);
    cr_expect_geq(quorsum_pool_available(w.encryptor), 200);
    quorsum_plaintexts_free(plaintexts);
    world_close(&w);
}

static pid_t forked = -1;

static int fork_once(uint64_t done, uint64_t total, void *user)
{
    (void)done, (void)total, (void)user;
    if (forked == -1)
        forked = fork();
    return 0;
}

Test(pool, ends_a_call_that_a_fork_cut_in_two_in_the_child)
{
    quorsum_run run = {.threads = 1, .progress = fork_once};
    quorsum_plaintexts *plaintexts;
    quorsum_ciphertexts *out = NULL;
    quorsum_status status;
    world w;

    world_open(&w);
    plaintexts = numbers_to_encrypt(&w.o, 40);
    cr_assert_eq(quorsum_pool_fill(w.encryptor, 40, NULL), QUORSUM_OK);
    status = quorsum_encrypt(&out, w.encryptor, plaintexts, &run);
    if (forked == 0)
        _exit(status != QUORSUM_ERR_CANCELLED || out != NULL);
    cr_expect_eq(status, QUORSUM_OK);
    cr_expect(ended_well(forked));
    quorsum_ciphertexts_free(out);
    quorsum_plaintexts_free(plaintexts);
    world_close(&w);
}

/* ---- a file ---- */

typedef struct content {
    uint8_t *data;
    size_t len;
} content;

static content slurp(const char *path)
{
    struct stat info;
    content out = {0};
    FILE *file = fopen(path, "rb");

    cr_assert_not_null(file);
    cr_assert_eq(fstat(fileno(file), &info), 0);
    out.len = (size_t)info.st_size;
    out.data = malloc(out.len + 1);
    cr_assert_eq(fread(out.data, 1, out.len, file), out.len);
    fclose(file);
    return out;
}

static void spill(const char *path, const uint8_t *data, size_t len)
{
    FILE *file = fopen(path, "wb");

    cr_assert_not_null(file);
    cr_assert_eq(fwrite(data, 1, len, file), len);
    fclose(file);
}

static size_t entry_bytes(const world *w)
{
    return (w->o.key->alpha_bits + 7) / 8 + quorsum_public_key_ciphertext_bytes(w->o.key) + 16;
}

static uint64_t in_file(const world *w)
{
    quorsum_pool_info info;

    cr_assert_eq(quorsum_pool_inspect(&info, w->path), QUORSUM_OK);
    cr_expect_arr_eq(info.owner, quorsum_identity_public(w->owner), sizeof info.owner);
    cr_expect_arr_eq(info.key, quorsum_public_key_digest(w->o.key), sizeof info.key);
    cr_expect_eq(info.randomiser_bits, w->o.key->alpha_bits);
    return info.available;
}

Test(pool, comes_back_from_a_file_piece_by_piece)
{
    for (unsigned s = 1; s <= 3; s++) {
        size_t left = 2 * QS_POOL_BLOCK + 40;
        used list = {0};
        content before;
        struct stat info;
        world w;

        world_open_size(&w, s == 1 ? 64 : 67, s, QUORSUM_RANDOMISER_HALF);
        cr_assert_eq(quorsum_pool_make(w.path, w.encryptor, w.owner, left, NULL), QUORSUM_OK);
        cr_expect_eq(quorsum_pool_available(w.encryptor), 0, "it is the file's, not the maker's");
        cr_assert_eq(stat(w.path, &info), 0);
        cr_expect_eq(info.st_mode & 0777, 0600);
        before = slurp(w.path);
        for (size_t wanted = 1; left > 0; wanted = 3 * wanted + 1) {
            quorsum_encryptor *encryptor = NULL;
            size_t got = wanted < left ? wanted : left;
            content after;

            cr_assert_eq(in_file(&w), left);
            cr_assert_eq(quorsum_pool_open(&encryptor, w.path, w.o.key, w.owner, wanted), QUORSUM_OK);
            cr_assert_eq(quorsum_pool_available(encryptor), got);
            left -= got;
            after = slurp(w.path);
            cr_assert_eq(after.len, before.len - (2 * QS_POOL_BLOCK + 40 - left) * entry_bytes(&w));
            cr_assert_arr_eq(after.data, before.data, after.len);
            free(after.data);
            encrypt_checked(&w, encryptor, left == 0 ? got + 5 : got, 1, &list); /* at last, more than there were */
            cr_expect_eq(quorsum_pool_available(encryptor), 0);
            quorsum_encryptor_free(encryptor);
        }
        expect_all_different(&list);
        free(list.alpha);
        free(before.data);
        world_close(&w);
    }
}

Test(pool, an_empty_file_gives_nothing_and_encryption_goes_on)
{
    quorsum_encryptor *encryptor = NULL;
    used list = {0};
    world w;

    world_open(&w);
    cr_assert_eq(quorsum_pool_make(w.path, w.encryptor, w.owner, 1, NULL), QUORSUM_OK);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(quorsum_pool_open(&encryptor, w.path, w.o.key, w.owner, 9), QUORSUM_OK);
        cr_expect_eq(quorsum_pool_available(encryptor), i == 0 ? 1 : 0);
        encrypt_checked(&w, encryptor, 9, 2, &list);
        cr_assert_eq(quorsum_pool_fill(encryptor, 3, NULL), QUORSUM_OK);
        cr_expect_eq(quorsum_pool_available(encryptor), 3);
        quorsum_encryptor_free(encryptor);
    }
    cr_expect_eq(in_file(&w), 0);
    expect_all_different(&list);
    free(list.alpha);
    world_close(&w);
}

Test(pool, a_file_replaces_none_and_no_half_of_one_stays)
{
    uint64_t limit = QS_POOL_BLOCK;
    quorsum_run run = {.threads = 1, .progress = stop_at, .user = &limit};
    world w;

    world_open(&w);
    cr_expect_eq(quorsum_pool_make(w.path, w.encryptor, w.owner, 3 * QS_POOL_BLOCK, &run), QUORSUM_ERR_CANCELLED);
    cr_expect_eq(access(w.path, F_OK), -1);
    disk.stage = 3;
    disk.fail = 1;
    cr_expect_eq(quorsum_pool_make(w.path, w.encryptor, w.owner, 3, NULL), QUORSUM_ERR_SYSTEM);
    disk.stage = 0;
    cr_expect_eq(access(w.path, F_OK), -1);
    cr_expect_eq(rmdir(w.directory), 0, "something was left behind");
    cr_assert_eq(mkdir(w.directory, 0700), 0);
    cr_assert_eq(quorsum_pool_make(w.path, w.encryptor, w.owner, 3, NULL), QUORSUM_OK);
    cr_expect_eq(quorsum_pool_make(w.path, w.encryptor, w.owner, 4, NULL), QUORSUM_ERR_EXISTS);
    cr_expect_eq(in_file(&w), 3);
    world_close(&w);
}

/* By docs/wire-format.md alone: every entry opened with libsodium, and its power computed from its alpha by GMP. */
Test(pool, a_file_is_what_the_wire_format_says)
{
    static const char purpose[] = "quorsum/v1/pool"; /* with its zero byte */
    crypto_generichash_state hash;
    uint8_t key[32], nonce[24] = {0}, entry[4096];
    size_t digit, alpha_len, len;
    content file;
    mpz_t alpha, power, part, r;
    world w;

    world_open_size(&w, 64, 2, QUORSUM_RANDOMISER_HALF);
    digit = quorsum_public_key_modulus_bytes(w.o.key);
    alpha_len = (w.o.key->alpha_bits + 7) / 8;
    len = alpha_len + 3 * digit;
    cr_assert_eq(quorsum_pool_make(w.path, w.encryptor, w.owner, 20, NULL), QUORSUM_OK);
    file = slurp(w.path);
    (void)crypto_generichash_init(&hash, w.owner->secret, 32, 32);
    (void)crypto_generichash_update(&hash, (const uint8_t *)purpose, sizeof purpose);
    (void)crypto_generichash_update(&hash, file.data, file.len - 20 * (len + 16));
    (void)crypto_generichash_final(&hash, key, sizeof key);
    mpz_inits(alpha, power, part, r, NULL);
    mpz_setbit(r, 8 * digit);
    for (uint8_t i = 0; i < 20; i++) {
        nonce[23] = i;
        cr_assert_eq(crypto_aead_xchacha20poly1305_ietf_decrypt(entry, NULL, NULL, file.data + file.len -
                                                                (20u - i) * (len + 16), len + 16, NULL, 0, nonce, key), 0);
        number_from_bytes(alpha, entry, alpha_len);
        mpz_set_ui(power, 0);
        for (size_t k = 3; k-- > 0;) {
            number_from_bytes(part, entry + alpha_len + k * digit, digit);
            mpz_mul(power, power, w.o.n);
            mpz_add(power, power, part);
        }
        mpz_powm(part, w.o.h_s, alpha, w.o.modulus);
        mpz_mul(part, part, r);
        mpz_mod(part, part, w.o.modulus);
        cr_expect_eq(mpz_cmp(part, power), 0, "entry %u", i);
    }
    mpz_clears(alpha, power, part, r, NULL);
    free(file.data);
    world_close(&w);
}

/* ---- refusals ---- */

static quorsum_status open_three(const world *w)
{
    quorsum_encryptor *encryptor = NULL;
    quorsum_status status = quorsum_pool_open(&encryptor, w->path, w->o.key, w->owner, 3);

    if (status != QUORSUM_OK)
        cr_expect_null(encryptor);
    quorsum_encryptor_free(encryptor);
    return status;
}

Test(pool, refuses_a_file_with_any_byte_changed)
{
    content good;
    world w;

    world_open_size(&w, 20, 1, QUORSUM_RANDOMISER_SHORT);
    cr_assert_eq(quorsum_pool_make(w.path, w.encryptor, w.owner, 3, NULL), QUORSUM_OK);
    good = slurp(w.path);
    for (size_t i = 0; i < good.len; i++)
        for (int bit = 0; bit < 8; bit += 3) {
            content after;

            good.data[i] ^= (uint8_t)(1 << bit);
            spill(w.path, good.data, good.len);
            cr_assert_neq(open_three(&w), QUORSUM_OK, "byte %zu, bit %d", i, bit);
            after = slurp(w.path);
            cr_assert_eq(after.len, good.len, "byte %zu: something was taken", i);
            free(after.data);
            good.data[i] ^= (uint8_t)(1 << bit);
        }
    spill(w.path, good.data, good.len);
    cr_expect_eq(open_three(&w), QUORSUM_OK);
    free(good.data);
    world_close(&w);
}

Test(pool, refuses_a_file_cut_anywhere_but_between_entries)
{
    size_t head;
    content good;
    world w;

    world_open_size(&w, 20, 1, QUORSUM_RANDOMISER_SHORT);
    cr_assert_eq(quorsum_pool_make(w.path, w.encryptor, w.owner, 3, NULL), QUORSUM_OK);
    good = slurp(w.path);
    head = good.len - 3 * entry_bytes(&w);
    for (size_t len = 0; len < good.len; len++) {
        quorsum_status status;

        spill(w.path, good.data, len);
        status = open_three(&w);
        if (len >= head && (len - head) % entry_bytes(&w) == 0)
            cr_assert_eq(status, QUORSUM_OK, "%zu bytes", len);
        else
            cr_assert_eq(status, len < 7 ? QUORSUM_ERR_TYPE : QUORSUM_ERR_TRUNCATED, "%zu bytes: %s", len,
                         quorsum_status_name(status));
    }
    good.data = realloc(good.data, good.len + 1);
    good.data[good.len] = 0;
    spill(w.path, good.data, good.len + 1);
    cr_expect_eq(open_three(&w), QUORSUM_ERR_TRUNCATED);
    free(good.data);
    world_close(&w);
}

/* Swapped or doubled entries are what somebody would do who wants a randomiser used twice. */
Test(pool, refuses_entries_at_another_place)
{
    content good, bad;
    size_t entry;
    world w;

    world_open(&w);
    cr_assert_eq(quorsum_pool_make(w.path, w.encryptor, w.owner, 3, NULL), QUORSUM_OK);
    entry = entry_bytes(&w);
    good = slurp(w.path);
    bad = slurp(w.path);
    memcpy(bad.data + good.len - entry, good.data + good.len - 2 * entry, entry);
    spill(w.path, bad.data, bad.len);
    cr_expect_eq(open_three(&w), QUORSUM_ERR_OWNER);
    bad.data = realloc(bad.data, good.len + entry);
    memcpy(bad.data + good.len, good.data + good.len - entry, entry);
    spill(w.path, bad.data, good.len + entry);
    cr_expect_eq(open_three(&w), QUORSUM_ERR_OWNER);
    free(good.data);
    free(bad.data);
    world_close(&w);
}

Test(pool, is_for_one_key_and_one_owner)
{
    quorsum_encryptor *out = NULL;
    quorsum_identity *stranger = NULL;
    world w, other, full;

    world_open(&w);
    world_open_size(&other, 65, 1, QUORSUM_RANDOMISER_SHORT);
    world_open_size(&full, 64, 1, QUORSUM_RANDOMISER_FULL); /* the same N */
    cr_assert_eq(quorsum_pool_make(w.path, w.encryptor, w.owner, 3, NULL), QUORSUM_OK);
    cr_assert_eq(quorsum_identity_generate(&stranger), QUORSUM_OK);
    cr_expect_eq(quorsum_pool_open(&out, w.path, w.o.key, stranger, 1), QUORSUM_ERR_OWNER);
    cr_expect_eq(quorsum_pool_open(&out, w.path, other.o.key, w.owner, 1), QUORSUM_ERR_KEY_MISMATCH);
    cr_expect_eq(quorsum_pool_open(&out, w.path, full.o.key, w.owner, 1), QUORSUM_ERR_KEY_MISMATCH);
    cr_expect_eq(in_file(&w), 3);
    /* a whole file of another kind */
    cr_assert_eq(unlink(w.path), 0);
    {
        quorsum_bytes sealed = {0};

        cr_assert_eq(quorsum_identity_seal(&sealed, w.owner, "secret", 6), QUORSUM_OK);
        spill(w.path, sealed.data, sealed.len);
        quorsum_bytes_free(&sealed);
    }
    cr_expect_eq(open_three(&w), QUORSUM_ERR_TYPE);
    quorsum_identity_free(stranger);
    world_close(&full);
    world_close(&other);
    world_close(&w);
}

/* ---- crashes, and others at the same file ---- */

Test(pool, is_cut_on_disk_before_anybody_gets_an_entry)
{
    for (int stage = 1; stage <= 4; stage++) {
        quorsum_encryptor *out = (quorsum_encryptor *)1;
        uint64_t left;
        world w;

        world_open(&w);
        cr_assert_eq(quorsum_pool_make(w.path, w.encryptor, w.owner, 9, NULL), QUORSUM_OK);
        memset(&disk, 0, sizeof disk);
        disk.stage = stage;
        disk.fail = 1;
        cr_expect_eq(quorsum_pool_open(&out, w.path, w.o.key, w.owner, 4), QUORSUM_ERR_SYSTEM);
        cr_expect_eq(errno, EIO);
        cr_expect_null(out, "entries were handed out that may be in the file");
        cr_expect_str_eq(disk.order, stage <= 2 ? "t" : "ts");
        disk.stage = 0;
        left = in_file(&w);
        cr_expect_eq(left, stage == 1 ? 9 : 5);
        world_close(&w);
    }
}

Test(pool, loses_entries_in_a_crash_and_never_repeats_them)
{
    for (int stage = 1; stage <= 4; stage++) {
        used list = {0};
        quorsum_encryptor *encryptor = NULL;
        pid_t child;
        int status;
        world w;

        world_open(&w);
        cr_assert_eq(quorsum_pool_make(w.path, w.encryptor, w.owner, 9, NULL), QUORSUM_OK);
        child = fork();
        if (child == 0) {
            memset(&disk, 0, sizeof disk);
            disk.stage = stage;
            (void)!quorsum_pool_open(&encryptor, w.path, w.o.key, w.owner, 4);
            _exit(0); /* the child lived through what should have ended it */
        }
        cr_assert_eq(waitpid(child, &status, 0), child);
        cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "stage %d", stage);
        cr_expect_eq(in_file(&w), stage == 1 ? 9 : 5);
        cr_assert_eq(quorsum_pool_open(&encryptor, w.path, w.o.key, w.owner, 9), QUORSUM_OK);
        encrypt_checked(&w, encryptor, 9, 1, &list);
        expect_all_different(&list);
        free(list.alpha);
        quorsum_encryptor_free(encryptor);
        world_close(&w);
    }
}

/* In a child: takes three entries and writes down what it used. */
static int child_takes(const world *w, const quorsum_plaintexts *plaintexts, int out)
{
    quorsum_run run = {.threads = 1};
    quorsum_encryptor *encryptor = NULL;
    quorsum_ciphertexts *ciphertexts = NULL;
    qs_secret alpha;

    if (quorsum_pool_open(&encryptor, w->path, w->o.key, w->owner, 3) != QUORSUM_OK)
        return 1;
    if (quorsum_pool_available(encryptor) != 3)
        return 2;
    if (qs_encrypt_keep(&ciphertexts, &alpha, encryptor, plaintexts, &run) != QUORSUM_OK)
        return 3;
    return write(out, alpha.limb, alpha.limbs * sizeof *alpha.limb) != (ssize_t)(alpha.limbs * sizeof *alpha.limb);
}

Test(pool, gives_processes_at_one_file_different_entries)
{
    enum { CHILDREN = 12 };
    pid_t children[CHILDREN];
    quorsum_plaintexts *plaintexts;
    used list = {0};
    qs_secret alpha;
    world w;
    int ends[2];

    world_open(&w);
    plaintexts = numbers_to_encrypt(&w.o, 3);
    cr_assert_eq(quorsum_pool_make(w.path, w.encryptor, w.owner, 3 * CHILDREN, NULL), QUORSUM_OK);
    cr_assert_eq(pipe(ends), 0);
    disk.delay = 20000; /* long enough for all to read before the first has cut, if nothing kept them apart */
    for (size_t i = 0; i < CHILDREN; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(child_takes(&w, plaintexts, ends[1]));
    }
    for (size_t i = 0; i < CHILDREN; i++)
        cr_assert(ended_well(children[i]));
    cr_expect_eq(in_file(&w), 0);
    cr_assert_eq(qs_secret_init(&alpha, 3 * CHILDREN * qs_alpha_limbs(w.o.key)), 0);
    cr_assert_eq(read(ends[0], alpha.limb, alpha.limbs * sizeof *alpha.limb),
                 (ssize_t)(alpha.limbs * sizeof *alpha.limb));
    use(&list, &alpha, qs_alpha_limbs(w.o.key));
    expect_all_different(&list);
    qs_secret_clear(&alpha);
    free(list.alpha);
    quorsum_plaintexts_free(plaintexts);
    world_close(&w);
}

static struct {
    const world *w;
    const quorsum_plaintexts *plaintexts;
    int ends[2];
    pid_t child;
} rival;

/* The child that shares the lock is done with it; then somebody comes who has to wait. */
static void send_rival(void)
{
    (void)waitpid(split.child, NULL, 0);
    rival.child = fork();
    if (rival.child > 0)
        return;
    disk.delay = 0;
    _exit(child_takes(rival.w, rival.plaintexts, rival.ends[1]));
}

Test(pool, keeps_its_lock_although_a_child_of_fork_has_it_too)
{
    quorsum_encryptor *encryptor = NULL;
    quorsum_status status;
    used list = {0};
    world w;

    world_open(&w);
    cr_assert_eq(quorsum_pool_make(w.path, w.encryptor, w.owner, 9, NULL), QUORSUM_OK);
    rival.w = &w;
    rival.plaintexts = numbers_to_encrypt(&w.o, 3);
    cr_assert_eq(pipe(rival.ends), 0);
    split.meanwhile = send_rival;
    split.locked = 1;
    disk.delay = 300000; /* long enough for the other to read what this one has read */
    status = quorsum_pool_open(&encryptor, w.path, w.o.key, w.owner, 3);
    if (split.child == 0)
        _exit(status == QUORSUM_OK);
    cr_assert_eq(status, QUORSUM_OK);
    disk.delay = 0;
    cr_expect(ended_well(rival.child));
    use_written(&list, w.o.key, 3, rival.ends[0]);
    encrypt_checked(&w, encryptor, 3, 1, &list);
    expect_all_different(&list);
    cr_expect_eq(in_file(&w), 3, "the child has cut, too");
    free(list.alpha);
    quorsum_plaintexts_free((quorsum_plaintexts *)(uintptr_t)rival.plaintexts);
    quorsum_encryptor_free(encryptor);
    world_close(&w);
}

/* That the test above would see it: the same file twice gives the same randomisers, which nobody can prevent. */
Test(pool, a_copy_of_a_file_repeats_its_entries)
{
    quorsum_encryptor *encryptor = NULL;
    used list = {0};
    content copy;
    world w;

    world_open(&w);
    cr_assert_eq(quorsum_pool_make(w.path, w.encryptor, w.owner, 3, NULL), QUORSUM_OK);
    copy = slurp(w.path);
    for (int i = 0; i < 2; i++) {
        spill(w.path, copy.data, copy.len);
        cr_assert_eq(quorsum_pool_open(&encryptor, w.path, w.o.key, w.owner, 3), QUORSUM_OK);
        encrypt_checked(&w, encryptor, 3, 1, &list);
        quorsum_encryptor_free(encryptor);
    }
    cr_expect_arr_eq(list.alpha, list.alpha + 3 * list.limbs, 3 * list.limbs * sizeof *list.alpha);
    free(list.alpha);
    free(copy.data);
    world_close(&w);
}
