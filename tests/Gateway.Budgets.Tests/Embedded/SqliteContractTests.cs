using Gateway.Budgets.Tests.Contract;
using Xunit;

namespace Gateway.Budgets.Tests.Embedded;

public sealed class SqliteReserveTests(SqliteHarness harness) : ReserveContract(harness), IClassFixture<SqliteHarness>;

public sealed class SqliteSettleTests(SqliteHarness harness) : SettleContract(harness), IClassFixture<SqliteHarness>;

public sealed class SqliteConcurrencyTests(SqliteHarness harness) : ConcurrencyContract(harness), IClassFixture<SqliteHarness>;

public sealed class SqliteHistoryTests(SqliteHarness harness) : HistoryContract(harness, histories: 150), IClassFixture<SqliteHarness>;
