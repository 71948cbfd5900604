/* A field tree: what an XML file says, without its bytes. Formats build trees and read them, and
 * know nothing of XML; connectors/xml turns trees into bytes and back. Pure.
 *
 *   tree_init(&tree, &arena);                   <mandato>
 *   tree_open(&tree, "mandato");                  <numero>12</numero>
 *   tree_number(&tree, "numero", 12);             <importo valuta="EUR">10.50</importo>
 *   tree_cents(&tree, "importo", amount);       </mandato>
 *   tree_attribute(&tree, "valuta", "EUR");
 *   tree_close(&tree);
 *   if (tree.overflow) ...                      the arena was too small: the tree is useless
 *
 * Nodes, and copies of the texts given, live in the arena; names are borrowed and must outlive the
 * tree (they are literals). A name may carry a prefix ("p:Fattura"); its namespace is declared as
 * an attribute ("xmlns:p"). What was read has local names only. */
#ifndef CONNECTORS_FORMAT_TREE_H
#define CONNECTORS_FORMAT_TREE_H

#include "engine/base/arena.h"
#include "engine/base/money.h"
#include "engine/base/slice.h"
#include "engine/base/time.h"

struct tree_attribute {
	struct slice name;
	struct slice value;
	struct tree_attribute *next; /* in the order of writing */
};

struct tree_node {
	struct slice name;
	struct slice text; /* of a node without children; else empty */
	struct tree_attribute *first_attribute;
	struct tree_attribute *last_attribute;
	struct tree_node *parent;
	struct tree_node *first_child;
	struct tree_node *last_child;
	struct tree_node *next; /* sibling */
	uint32_t line;		/* where it was read, from 1; 0: it was built */
};

struct tree {
	struct arena *arena;
	struct tree_node *root; /* NULL: nothing yet */
	struct tree_node *at;	/* what is open; NULL: nothing, or closed whole */
	struct tree_node *last; /* what attributes are given to */
	bool overflow;
};

/* ---- Building. After an overflow every call does nothing. ---- */

void tree_init(struct tree *tree, struct arena *arena);

/* Begins a node inside what is open (asserted: one root), and ends it. */
void tree_open(struct tree *tree, const char *name);
void tree_close(struct tree *tree);

/* A node with a text, closed at once. */
void tree_text(struct tree *tree, const char *name, struct slice text);
void tree_string(struct tree *tree, const char *name, const char *text);
void tree_number(struct tree *tree, const char *name, uint64_t value);
void tree_cents(struct tree *tree, const char *name, struct cents amount); /* 1234.50 */
void tree_day(struct tree *tree, const char *name, struct day day);	   /* YYYY-MM-DD */

/* The same, or nothing where the text is empty. */
void tree_text_if(struct tree *tree, const char *name, struct slice text);

/* An attribute of the node that was begun or written last. */
void tree_attribute(struct tree *tree, const char *name, const char *value);

/* For readers: a node whose name and text are copied, and its attribute. */
void tree_open_copy(struct tree *tree, struct slice name, uint32_t line);
void tree_attribute_copy(struct tree *tree, struct slice name, struct slice value);
/* Adds to the text of what is open. */
void tree_append(struct tree *tree, struct slice text);

/* ---- Reading. A NULL node is a node that is not there: everything about it is empty. ---- */

/* First child of the name, and the next sibling of the same name. NULL: there is none. */
const struct tree_node *tree_child(const struct tree_node *node, const char *name);
const struct tree_node *tree_next(const struct tree_node *node);

/* First node on a path of names: "GrpHdr/MsgId". NULL: there is none. */
const struct tree_node *tree_at(const struct tree_node *node, const char *path);

/* Its text, without blanks around it. Empty where there is none. */
struct slice tree_text_of(const struct tree_node *node);
struct slice tree_text_at(const struct tree_node *node, const char *path);

/* An attribute's value; empty where there is none. */
struct slice tree_attribute_of(const struct tree_node *node, const char *name);

/* The node after this one, children first, inside `top`; NULL at the end. */
const struct tree_node *tree_walk(const struct tree_node *node, const struct tree_node *top);

#endif
