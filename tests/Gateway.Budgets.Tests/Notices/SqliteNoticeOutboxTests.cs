using Gateway.Testing;

namespace Gateway.Budgets.Tests.Notices;

public sealed class SqliteNoticeOutboxTests : NoticeOutboxContract, IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly SqliteNoticeOutbox _outbox;

    public SqliteNoticeOutboxTests() => _outbox = new SqliteNoticeOutbox(Path.Combine(_folder.Path, "notices.db"), _time);

    protected override DateTimeOffset Now => _time.GetUtcNow();

    [Fact]
    public async Task Id_BeyondItsTime_IsForgottenOnceItHasArrived()
    {
        var notice = new Notice("a", "hook", "{}", Now);
        await _outbox.AddAsync(notice, Now.AddHours(1));
        _time.Advance(TimeSpan.FromHours(2));
        Assert.False(await _outbox.AddAsync(notice, Now.AddHours(1)));
        await _outbox.RemoveAsync("a");
        Assert.True(await _outbox.AddAsync(notice, Now.AddHours(1)));
    }

    public void Dispose() => _folder.Dispose();

    protected override INoticeOutbox Outbox(int gateway) => _outbox;

    protected override Task AdvanceAsync(TimeSpan time)
    {
        _time.Advance(time);
        return Task.CompletedTask;
    }
}
