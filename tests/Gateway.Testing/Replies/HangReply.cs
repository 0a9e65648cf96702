namespace Gateway.Testing;

internal sealed class HangReply : Reply
{
    internal override Task SendAsync(Exchange exchange) => exchange.StaySilentAsync();
}
