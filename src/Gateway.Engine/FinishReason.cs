namespace Gateway.Engine;

/// <summary>Why a generation ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended it: this token is an end-of-sequence id or one of the request's stop ids.</summary>
    Stop,

    /// <summary>The request's token limit, or the end of the context, was reached.</summary>
    Length,
}
