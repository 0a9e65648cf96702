using Gateway.Budgets.Tests.Contract;
using Xunit;

namespace Gateway.Budgets.Tests.Redis;

public sealed class RedisReserveTests(RedisHarness harness) : ReserveContract(harness), IClassFixture<RedisHarness>;

public sealed class RedisSettleTests(RedisHarness harness) : SettleContract(harness), IClassFixture<RedisHarness>;

public sealed class RedisConcurrencyTests(RedisHarness harness) : ConcurrencyContract(harness), IClassFixture<RedisHarness>;

public sealed class RedisHistoryTests(RedisHarness harness) : HistoryContract(harness, histories: 150), IClassFixture<RedisHarness>;
