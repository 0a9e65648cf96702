namespace Gateway.Policies;

/// <summary>What a model is made for.</summary>
public enum ModelKind
{
    /// <summary><c>chat</c>: it generates text; with the capability <c>embeddings</c> it embeds too.</summary>
    Chat,

    /// <summary><c>embedding</c>: it turns texts into vectors at <c>/v1/embeddings</c>, and does nothing else.</summary>
    Embedding,
}
