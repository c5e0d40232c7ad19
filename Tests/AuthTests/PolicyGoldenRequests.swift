import Model

@testable import Auth

/// What each request of the matrix needs to be allowed.
enum PolicyGoldenRequests {
    /// - Returns: nil for a request that is not known. `asking` is who asks; for the anonymous one,
    ///   anybody.
    static func demands(_ resource: String, _ action: String, asking: Principal) -> [Demand]? {
        switch resource {
        case "account (client account D)": accountDemands(action, asking)
        case "account (consultancy account C)":
            action == "read" ? [Demand(.read, PolicyWorld.account(PolicyWorld.consultancy))] : nil
        case "account (unrelated account A)":
            action == "read" ? [Demand(.read, PolicyWorld.account(PolicyWorld.accountA))] : nil
        case "account (any)": action == "create" ? [newAccount(asking)] : nil
        case "users of account D", "assets of account D", "sensors of account D":
            action == "list" ? [Demand(.read, PolicyWorld.account(PolicyWorld.accountD))] : nil
        case "user (d-user)": userDemands(action, PolicyWorld.plainOfD)
        case "user (d-admin)": userDemands(action, PolicyWorld.adminOfD)
        case "user (other user of account D)":
            userDemands(action, PolicyWorld.principal(99, PolicyWorld.accountD))
        case "user (self)": userDemands(action, asking)
        case "asset (owned by D)": assetDemands(action, PolicyWorld.ownerD, asking)
        case "asset (public)": assetDemands(action, .everyone, asking)
        case "sensor (owned by D)": sensorDemands(action, PolicyWorld.ownerD)
        case "sensor (public)": sensorDemands(action, .everyone)
        case "beliefs (owned by D)": beliefDemands(action, PolicyWorld.ownerD)
        case "beliefs (public sensor)": beliefDemands(action, .everyone)
        default: otherDemands(resource, action)
        }
    }

    private static func accountDemands(_ action: String, _ asking: Principal) -> [Demand]? {
        let (d, c) = (PolicyWorld.accountD, PolicyWorld.consultancy)
        let update = Demand(.update, PolicyWorld.account(d))
        switch action {
        case "read", "list (is it in GET /accounts?)":
            return [Demand(.read, PolicyWorld.account(d))]
        case "update": return [update]
        case "update account_roles", "update plan_id":
            return [update, Demand(.update, .accountStanding(d, consultancy: c))]
        case "update consultancy_account_id":
            let facts = Facts.accountConsultancy(
                d,
                consultancy: c,
                successor: c,
                isCallerInConsultancy: asking.account == c
            )
            return [update, Demand(.update, facts)]
        case "create-children: top-level asset":
            return [Demand(.createChildren, .topLevelAssets(PolicyWorld.ownerD))]
        case "create-children: user": return [Demand(.createChildren, PolicyWorld.account(d))]
        case "create-children: annotation":
            return [Demand(.createChildren, .accountAnnotation(d, consultancy: c))]
        default: return nil
        }
    }

    /// A client of the caller's account, as is the default.
    private static func newAccount(_ asking: Principal) -> Demand {
        let facts = Facts.newAccount(
            consultancy: asking.account,
            isCallerInConsultancy: asking.account == PolicyWorld.consultancy
        )
        return Demand(.createChildren, facts)
    }

    private static func userDemands(_ action: String, _ user: Principal) -> [Demand]? {
        let consultancy = PolicyWorld.consultancy(of: user.account)
        let update = Demand(.update, PolicyWorld.user(user))
        let activation = Demand(
            .update,
            .userActivation(
                user.user,
                of: user.account,
                consultancy: consultancy,
                having: user.roles
            )
        )
        switch action {
        case "read": return [Demand(.read, PolicyWorld.user(user))]
        case "update timezone", "password reset": return [update]
        case "update active", "update active/roles": return [update, activation]
        default:
            let prefix = "update roles: add "
            guard action.hasPrefix(prefix),
                let role = UserRoles(names: [action.dropFirst(prefix.count)])
            else { return nil }
            let facts = Facts.userRole(
                role,
                user.user,
                of: user.account,
                consultancy: consultancy,
                having: user.roles
            )
            return [update, Demand(.update, facts)]
        }
    }

    private static func assetDemands(
        _ action: String,
        _ owner: Facts.Owner,
        _ asking: Principal
    ) -> [Demand]? {
        let read = Demand(.read, .asset(owner))
        let createChildren = Demand(.createChildren, .asset(owner))
        switch action {
        case "read", "list", "list sensors", "chart data": return [read]
        case "update": return [Demand(.update, .asset(owner))]
        case "delete": return [Demand(.delete, .asset(owner))]
        case "create": return [Demand(.createChildren, .topLevelAssets(owner))]
        case "create-children: sensor": return [createChildren]
        case "create-children: child asset":
            return [createChildren, Demand(.update, .assetOwnership(owner))]
        case "create-children: child asset owned by caller's account":
            let own = PolicyWorld.owner(asking.account)
            return [createChildren, Demand(.update, .assetOwnership(own))]
        case "create-children: annotation": return [Demand(.createChildren, .annotation(owner))]
        case "create-children: schedule": return [Demand(.createChildren, .schedule(owner))]
        case "copy (as sibling under its parent)": return [read, createChildren]
        case "copy into own account (top-level)", "copy into own account":
            return [read, Demand(.createChildren, PolicyWorld.account(asking.account))]
        default: return nil
        }
    }

    private static func sensorDemands(_ action: String, _ owner: Facts.Owner) -> [Demand]? {
        switch action {
        case "read", "read status": [Demand(.read, .sensor(owner))]
        case "read stats", "read chart data (dev)": [Demand(.read, .beliefs(owner))]
        case "update": [Demand(.update, .sensor(owner))]
        case "delete": [Demand(.delete, .sensor(owner))]
        case "create-children: annotation": [Demand(.createChildren, .annotation(owner))]
        default: nil
        }
    }

    private static func beliefDemands(_ action: String, _ owner: Facts.Owner) -> [Demand]? {
        switch action {
        case "read": [Demand(.read, .beliefs(owner))]
        case "write JSON", "write file": [Demand(.createChildren, .beliefs(owner))]
        case "delete": [Demand(.delete, .beliefs(owner))]
        default: nil
        }
    }

    private static func otherDemands(_ resource: String, _ action: String) -> [Demand]? {
        let (d, c, owner) = (PolicyWorld.accountD, PolicyWorld.consultancy, PolicyWorld.ownerD)
        switch (resource, action) {
        case ("audit log of account D", "read"):
            return [Demand(.read, .accountAuditLog(d, consultancy: c))]
        case ("audit log of user d-user", "read"):
            let user = PolicyWorld.plainOfD.user
            return [Demand(.read, .userAuditLog(user, of: d, consultancy: c))]
        case ("audit log of asset (owned by D)", "read"):
            return [Demand(.read, .assetAuditLog(owner))]
        case ("jobs of asset (owned by D)", "read"), ("job (schedule of D)", "read"):
            return [Demand(.read, .job(owner))]
        case ("kpis of asset (owned by D)", "read"): return [Demand(.read, .asset(owner))]
        case ("asset types", "list"): return [Demand(.read, .assetTypes)]
        case ("schedules (sensor owned by D)", "create: trigger"):
            return [Demand(.createChildren, .schedule(owner))]
        case ("schedules (sensor owned by D)", "read"): return [Demand(.read, .schedule(owner))]
        case ("forecasts (sensor owned by D)", "create: trigger"):
            return [Demand(.createChildren, .forecast(owner))]
        case ("forecasts (sensor owned by D)", "read"): return [Demand(.read, .forecast(owner))]
        case ("rq dashboard", "read"): return [Demand(.read, .operations)]
        case ("ops: post task run", "create"): return [Demand(.createChildren, .taskRun)]
        default: return nil
        }
    }
}
