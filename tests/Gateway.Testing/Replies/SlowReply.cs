namespace Gateway.Testing;

internal sealed class SlowReply(TimeSpan delay, Reply then) : Reply
{
    internal override async Task SendAsync(Exchange exchange)
    {
        await Task.Delay(delay, exchange.Ended);
        await then.SendAsync(exchange);
    }
}
