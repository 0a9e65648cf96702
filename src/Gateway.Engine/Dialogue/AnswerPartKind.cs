namespace Gateway.Engine.Dialogue;

/// <summary>What a piece of an answer is.</summary>
public enum AnswerPartKind
{
    /// <summary>Text that the model thought before it answered.</summary>
    Reasoning,

    /// <summary>Text of the answer.</summary>
    Content,

    /// <summary>A call of a function begins; the text is the function's name.</summary>
    Call,

    /// <summary>The next piece of the JSON text of the arguments of the call that began last.</summary>
    Arguments,
}
