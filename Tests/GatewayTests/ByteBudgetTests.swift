import Testing

@testable import Gateway

@Suite struct ByteBudgetTests {
    @Test func `what does not fit is refused, and given back when a request ends`() {
        let budget = ByteBudget(byteCountMax: 100)
        let first = BudgetShare(budget)
        var second: BudgetShare? = BudgetShare(budget)
        #expect(first.grow(to: 60))
        #expect(second?.grow(to: 40) == true)
        #expect(!first.grow(to: 61))
        #expect(second?.grow(to: 30) == true, "a share does not shrink")
        #expect(budget.byteCount == 100)
        second = nil
        #expect(budget.byteCount == 60)
        #expect(first.grow(to: 100))
    }

    @Test func `one request larger than the budget goes through alone`() {
        let budget = ByteBudget(byteCountMax: 100)
        let large = BudgetShare(budget)
        #expect(large.grow(to: 500))
        // It may go on growing, as it is alone; nobody else may begin.
        #expect(large.grow(to: 900))
        let other = BudgetShare(budget)
        #expect(!other.grow(to: 1))
    }
}
