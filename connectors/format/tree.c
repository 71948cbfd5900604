/* Field trees: see tree.h. */
#include "connectors/format/tree.h"

#include "engine/base/text.h"

#include <string.h>

#define NUMBER_SIZE 32u

void tree_init(struct tree *tree, struct arena *arena)
{
	ASSERT(tree != NULL && arena != NULL);
	*tree = (struct tree){.arena = arena};
}

static struct slice copy(struct tree *tree, struct slice text)
{
	struct slice copied = {NULL, 0};
	if (text.size > 0 && !arena_copy(tree->arena, text, &copied))
		tree->overflow = true;
	return copied;
}

static void begin(struct tree *tree, struct slice name, uint32_t line)
{
	if (tree->overflow)
		return;
	ASSERT(tree->root == NULL || tree->at != NULL);
	struct tree_node *node = arena_alloc_zeroed(tree->arena, 1, sizeof(*node));
	if (node == NULL) {
		tree->overflow = true;
		return;
	}
	node->name = name;
	node->line = line;
	node->parent = tree->at;
	if (tree->at == NULL)
		tree->root = node;
	else if (tree->at->last_child == NULL)
		tree->at->first_child = node;
	else
		tree->at->last_child->next = node;
	if (tree->at != NULL)
		tree->at->last_child = node;
	tree->at = node;
	tree->last = node;
}

void tree_open(struct tree *tree, const char *name)
{
	begin(tree, slice_from_text(name), 0);
}

void tree_open_copy(struct tree *tree, struct slice name, uint32_t line)
{
	begin(tree, copy(tree, name), line);
}

void tree_close(struct tree *tree)
{
	if (tree->overflow)
		return;
	ASSERT(tree->at != NULL);
	tree->last = tree->at;
	tree->at = tree->at->parent;
}

void tree_text(struct tree *tree, const char *name, struct slice text)
{
	tree_open(tree, name);
	struct slice copied = copy(tree, text);
	if (!tree->overflow)
		tree->at->text = copied;
	tree_close(tree);
}

void tree_string(struct tree *tree, const char *name, const char *text)
{
	tree_text(tree, name, slice_from_text(text));
}

void tree_number(struct tree *tree, const char *name, uint64_t value)
{
	char text[NUMBER_SIZE];
	tree_text(tree, name, (struct slice){text, text_format_u64(value, text)});
}

void tree_cents(struct tree *tree, const char *name, struct cents amount)
{
	char text[TEXT_CENTS_SIZE_MAX];
	tree_text(tree, name, (struct slice){text, text_format_cents(amount, text)});
}

void tree_day(struct tree *tree, const char *name, struct day day)
{
	char text[DAY_TEXT_SIZE];
	day_format(day, text);
	tree_text(tree, name, (struct slice){text, DAY_TEXT_SIZE});
}

void tree_text_if(struct tree *tree, const char *name, struct slice text)
{
	if (text.size > 0)
		tree_text(tree, name, text);
}

static void add_attribute(struct tree *tree, struct slice name, struct slice value)
{
	if (tree->overflow)
		return;
	ASSERT(tree->last != NULL);
	struct tree_attribute *attribute = arena_alloc_zeroed(tree->arena, 1, sizeof(*attribute));
	if (attribute == NULL) {
		tree->overflow = true;
		return;
	}
	*attribute = (struct tree_attribute){.name = name, .value = value};
	if (tree->last->last_attribute == NULL)
		tree->last->first_attribute = attribute;
	else
		tree->last->last_attribute->next = attribute;
	tree->last->last_attribute = attribute;
}

void tree_attribute(struct tree *tree, const char *name, const char *value)
{
	add_attribute(tree, slice_from_text(name), copy(tree, slice_from_text(value)));
}

void tree_attribute_copy(struct tree *tree, struct slice name, struct slice value)
{
	add_attribute(tree, copy(tree, name), copy(tree, value));
}

void tree_append(struct tree *tree, struct slice text)
{
	if (tree->overflow || text.size == 0)
		return;
	ASSERT(tree->at != NULL);
	struct slice before = tree->at->text;
	if (before.size == 0) {
		tree->at->text = copy(tree, text);
		return;
	}
	uint64_t size = (uint64_t)before.size + text.size;
	char *joined = size > UINT32_MAX ? NULL : arena_alloc(tree->arena, size);
	if (joined == NULL) {
		tree->overflow = true;
		return;
	}
	memcpy(joined, before.data, before.size);
	memcpy(joined + before.size, text.data, text.size);
	tree->at->text = (struct slice){joined, (uint32_t)size};
}

/* ---- Reading ---- */

static const struct tree_node *named(const struct tree_node *node, struct slice name)
{
	while (node != NULL && !slice_equals(node->name, name))
		node = node->next;
	return node;
}

const struct tree_node *tree_child(const struct tree_node *node, const char *name)
{
	return node == NULL ? NULL : named(node->first_child, slice_from_text(name));
}

const struct tree_node *tree_next(const struct tree_node *node)
{
	return node == NULL ? NULL : named(node->next, node->name);
}

const struct tree_node *tree_at(const struct tree_node *node, const char *path)
{
	struct slice rest = slice_from_text(path);
	while (node != NULL && rest.size > 0) {
		uint32_t size = 0;
		while (size < rest.size && rest.data[size] != '/')
			size++;
		node = named(node->first_child, (struct slice){rest.data, size});
		uint32_t step = size < rest.size ? size + 1 : size;
		rest = (struct slice){rest.data + step, rest.size - step};
	}
	return node;
}

struct slice tree_text_of(const struct tree_node *node)
{
	return node == NULL ? (struct slice){NULL, 0} : text_trim(node->text);
}

struct slice tree_text_at(const struct tree_node *node, const char *path)
{
	return tree_text_of(tree_at(node, path));
}

struct slice tree_attribute_of(const struct tree_node *node, const char *name)
{
	const struct tree_attribute *attribute = node == NULL ? NULL : node->first_attribute;
	while (attribute != NULL && !slice_equals_text(attribute->name, name))
		attribute = attribute->next;
	return attribute == NULL ? (struct slice){NULL, 0} : attribute->value;
}

const struct tree_node *tree_walk(const struct tree_node *node, const struct tree_node *top)
{
	ASSERT(node != NULL && top != NULL);
	if (node->first_child != NULL)
		return node->first_child;
	while (node != top && node->next == NULL)
		node = node->parent;
	return node == top ? NULL : node->next;
}
