namespace Gateway.Contracts.OpenAI;

/// <summary>The beginning of an answer that a model is asked to continue, put behind the conversation as a last message of the assistant.</summary>
/// <param name="Text">What the assistant has said; not empty.</param>
/// <param name="Tokens">How many tokens that was; they are taken off the client's limit.</param>
/// <param name="MarksMessage">Whether the message carries <c>"prefix": true</c>, as DeepSeek's beta endpoint and Mistral want it.</param>
/// <param name="MarksRequest">Whether the request carries <c>continue_final_message</c>, as vLLM and SGLang want it.</param>
public sealed record AssistantPrefill(string Text, int Tokens, bool MarksMessage, bool MarksRequest);
