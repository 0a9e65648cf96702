using Gateway.Engine.Tokenization.Models;

namespace Gateway.Engine.Tokenization.PreTokenizers;

/// <summary>Splits a text step by step and has the model encode the pieces.</summary>
/// <param name="splitters">Each one splits the pieces of the one before; it sees nothing beyond the piece.</param>
/// <param name="byteLevel">Null when the model's vocabulary spells characters and not bytes.</param>
internal sealed class PreTokenizer(IReadOnlyList<Splitter> splitters, ByteLevelStep? byteLevel)
{
    public void Encode(ReadOnlySpan<char> text, BpeModel model, List<int> ids)
    {
        if (text.IsEmpty)
        {
            return;
        }

        List<TextRange> pieces = [new(0, text.Length)];
        List<TextRange> parts = [];
        foreach (var splitter in splitters)
        {
            List<TextRange> next = new(pieces.Count);
            foreach (var piece in pieces)
            {
                parts.Clear();
                splitter.Split(text.Slice(piece.Start, piece.Length), parts);
                foreach (var part in parts)
                {
                    next.Add(part with { Start = part.Start + piece.Start });
                }
            }

            pieces = next;
        }

        foreach (var piece in pieces)
        {
            var word = text.Slice(piece.Start, piece.Length);
            if (byteLevel is null)
            {
                model.Encode(word, ids);
            }
            else
            {
                byteLevel.Encode(word, model, ids);
            }
        }
    }
}
