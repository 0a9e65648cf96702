namespace Gateway.Providers.OpenAI;

/// <summary>Ends the copying of a stream that is of no further use; the tap holds the reason.</summary>
internal sealed class EventStreamBrokenException : IOException
{
    public EventStreamBrokenException()
        : base("The event stream is broken.")
    {
    }
}
