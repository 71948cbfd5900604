/* See rights.h. SOURCE roles.csv of the domain data; DOMAIN section 3: "The provider sees only its
 * own assigned persons, the minimum of the PAI (hours, address, instructions) … It never sees ISEE
 * or diagnosis"; "The accounting office sees … no names". */
#include "engine/vault/rights.h"

#include "engine/base/field.h"
#include "engine/vault/person.h"

#define BIT(NAME) VAULT_FIELD_BIT(VAULT_FIELD_##NAME)
#define WHO	  (BIT(SURNAME) | BIT(NAME))
#define HOME	  (BIT(ADDRESS) | BIT(POSTAL_CODE) | BIT(CITY) | BIT(PROVINCE))
#define BORN	  (BIT(BIRTH_DATE) | BIT(SEX) | BIT(BIRTH_PLACE) | BIT(CITIZENSHIP))
#define RESIDENCE (BIT(REGION) | BIT(COMUNE))
#define DOOR	  (WHO | HOME | BIT(PHONE) | BIT(CONTACT) | BIT(INSTRUCTIONS))
#define REGISTER  (WHO | BORN | RESIDENCE | HOME | BIT(TAX_CODE))

struct rights rights_of(uint8_t role)
{
	switch ((enum role)role) {
	case ROLE_SOCIAL_WORKER:
		return (struct rights){.read = VAULT_FIELDS_ALL,
				       .write = VAULT_FIELDS_ALL,
				       .may_search = true,
				       .may_export = true};
	case ROLE_UDP_OFFICER:
		return (struct rights){.read = VAULT_FIELDS_ALL,
				       .write = VAULT_FIELDS_ALL,
				       .may_search = true};
	case ROLE_UDP_MANAGER:
		return (struct rights){.read = VAULT_FIELDS_ALL,
				       .may_search = true,
				       .may_export = true,
				       .may_erase = true,
				       .may_read_log = true,
				       .may_rotate = true};
	case ROLE_COMUNE_SOCIAL:
		return (struct rights){.read = VAULT_FIELDS_ALL & ~BIT(IBAN),
				       .may_search = true};
	case ROLE_COMUNE_ADMIN:
		return (struct rights){.read = REGISTER};
	case ROLE_SUBAMBITO_COORD:
		return (struct rights){.read = WHO | RESIDENCE};
	case ROLE_PROVIDER:
		return (struct rights){.read = DOOR};
	case ROLE_BENEFICIARY:
		return (struct rights){
		    .read = VAULT_FIELDS_ALL, .may_export = true, .may_read_log = true};
	case ROLE_AUDITOR:
		return (struct rights){.may_read_log = true};
	case ROLE_ADMINISTRATOR:
		return (struct rights){.may_rotate = true};
	case ROLE_ASSEMBLY:
	case ROLE_POLITICAL_BOARD:
	case ROLE_CAPOFILA:
	case ROLE_CONSORTIUM:
	case ROLE_FINANCE:
	case ROLE_OPERATOR:
	case ROLE_ACCREDITOR:
	case ROLE_REGION_ATS:
	case ROLE_SYSTEM:
	case ROLE_TREASURER:
	case ROLE_COURIER:
		break;
	}
	return (struct rights){.read = 0};
}
