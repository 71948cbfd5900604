/* A folder for a test's files: under TEST_FOLDER if the runner gave one, else under build/. */
#ifndef TESTS_SUPPORT_TEST_FOLDER_H
#define TESTS_SUPPORT_TEST_FOLDER_H

#define TEST_FOLDER_SIZE 512u

/* Makes (or empties of everything) the folder `name` and returns its absolute path. Aborts if it
 * cannot. */
void test_folder_make(const char *name, char ret_path[TEST_FOLDER_SIZE]);

/* Removes everything in a folder, not the folder itself. */
void test_folder_empty(const char *path);

/* Copies the regular files of one folder into another, which is emptied first. */
void test_folder_copy(const char *from, const char *to);

#endif
