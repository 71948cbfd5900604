/* What the processor says of itself: see processor.h. Asked once, because cpuid is slow inside
 * virtual machines. The answer cannot differ between threads, so a relaxed flag is enough. */
#include "engine/base/processor.h"

#include "engine/base/assert.h"

#include <stdint.h>

#if defined(__x86_64__)

#define LEAF_VENDOR    0u
#define LEAF_FEATURES  1u
#define LEAF_EXTENDED  7u
#define HAS_SSE42      (1u << 20) /* features, ecx */
#define HAS_POPCNT     (1u << 23) /* features, ecx */
#define HAS_OSXSAVE    (1u << 27) /* features, ecx */
#define HAS_WIDE       (1u << 3 | 1u << 5 | 1u << 8) /* extended, ebx: BMI1, AVX2, BMI2 */
#define KEEPS_YMM      6u         /* of XCR0: the system keeps the wide registers */
#define VENDOR_INTEL   0x756E6547u /* "Genu", ebx */
#define VENDOR_AMD     0x68747541u /* "Auth", ebx */
#define AMD_FAMILY_MIN 0x19u      /* the first whose PEXT is one operation */

#define KNOWN      1u
#define CRC32C     2u
#define BIT_GATHER 4u

struct answer {
	uint32_t eax;
	uint32_t ebx;
	uint32_t ecx;
};

static struct answer ask(uint32_t leaf)
{
	struct answer answer = {.eax = leaf};
	uint32_t edx = 0;
	__asm__ volatile("cpuid"
	    : "+a"(answer.eax), "=b"(answer.ebx), "+c"(answer.ecx), "=d"(edx));
	return answer;
}

static uint32_t kept_registers(void)
{
	uint32_t eax;
	uint32_t edx;
	__asm__ volatile("xgetbv" : "=a"(eax), "=d"(edx) : "c"(0));
	return eax;
}

static bool gathers_bits(struct answer vendor, struct answer features)
{
	const uint32_t needed = HAS_POPCNT | HAS_OSXSAVE;
	if (vendor.eax < LEAF_EXTENDED || (features.ecx & needed) != needed)
		return false;
	if ((ask(LEAF_EXTENDED).ebx & HAS_WIDE) != HAS_WIDE ||
	    (kept_registers() & KEEPS_YMM) != KEEPS_YMM)
		return false;
	uint32_t family = (features.eax >> 8 & 0xFu) + (features.eax >> 20 & 0xFFu);
	return vendor.ebx == VENDOR_INTEL ||
	       (vendor.ebx == VENDOR_AMD && family >= AMD_FAMILY_MIN);
}

static uint32_t capabilities(void)
{
	static uint32_t remembered;
	uint32_t known = __atomic_load_n(&remembered, __ATOMIC_RELAXED);
	if (known != 0)
		return known;
	struct answer vendor = ask(LEAF_VENDOR);
	struct answer features = ask(LEAF_FEATURES);
	known = KNOWN;
	if ((features.ecx & HAS_SSE42) != 0)
		known |= CRC32C;
	if (gathers_bits(vendor, features))
		known |= BIT_GATHER;
	__atomic_store_n(&remembered, known, __ATOMIC_RELAXED);
	return known;
}

bool processor_has_crc32c(void)
{
	return (capabilities() & CRC32C) != 0;
}

bool processor_has_bit_gather(void)
{
	return (capabilities() & BIT_GATHER) != 0;
}

#else

bool processor_has_crc32c(void)
{
	return false;
}

bool processor_has_bit_gather(void)
{
	return false;
}

#endif
