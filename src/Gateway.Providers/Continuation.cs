namespace Gateway.Providers;

/// <summary>The part of an answer that the client has already, from an attempt that broke off.</summary>
/// <param name="Text">What the assistant has said; empty when only its reasoning came, and then the answer starts from its beginning.</param>
/// <param name="Tokens">How many tokens that was, as far as they could be told apart; they count against the client's limit.</param>
/// <param name="AnswerId">The <c>id</c> of the events that the client has; null when they had none.</param>
public sealed record Continuation(string Text, int Tokens, string? AnswerId);
