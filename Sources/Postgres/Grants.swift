/// What the server's role may do with a module's tables and functions. What is not listed it may not
/// (docs/decisions/0009-database-roles.md).
package struct Grants: Sendable {
    /// A privilege on a table (Postgres docs, section 5.7).
    package enum Privilege: String, Sendable, CaseIterable {
        case select = "SELECT"
        case insert = "INSERT"
        case update = "UPDATE"
        case delete = "DELETE"
        case truncate = "TRUNCATE"
        case references = "REFERENCES"
        case trigger = "TRIGGER"
    }

    /// A table, by its plain name.
    package struct Table: Sendable {
        package let name: String
        package let privileges: Set<Privilege>
        /// Whether statements name the table's partitions directly: then they have its privileges.
        package let includesPartitions: Bool

        package init(_ name: String, _ privileges: Set<Privilege>, includesPartitions: Bool = false)
        {
            self.name = name
            self.privileges = privileges
            self.includesPartitions = includesPartitions
        }
    }

    package let tables: [Table]
    /// Functions that run with their owner's rights, by plain name, all overloads.
    package let functions: [String]

    package init(_ tables: [Table], functions: [String] = []) {
        self.tables = tables
        self.functions = functions
    }

    /// SQL that makes functions run with their owner's rights, safely: names in them mean the schema
    /// that they are in and nothing that their caller has made, temporary tables included, and
    /// nobody may call them who was not told so.
    ///
    /// - Parameter functions: signatures, such as `f(bigint)`.
    /// - Returns: a script for a migration that has made them.
    package static func definerScript(_ functions: [String]) -> String {
        functions.map {
            """

            DO $definer$ BEGIN
                EXECUTE format('ALTER FUNCTION \($0) SECURITY DEFINER SET search_path = %I, pg_temp',
                    current_schema());
            END $definer$;
            REVOKE ALL ON FUNCTION \($0) FROM PUBLIC;
            """
        }.joined()
    }
}

extension Set<Grants.Privilege> {
    /// Rows come, change and go.
    package static var allRows: Self { [.select, .insert, .update, .delete] }
}
