using System.Text;
using Gateway.Engine.Tokenization.Decoders;

namespace Gateway.Engine.Tokenization;

/// <summary>Ids, spellings and bytes of all tokens, those of the model and the added ones.</summary>
internal sealed class Vocabulary
{
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int> _addedIds;
    private readonly string?[] _tokens;
    private readonly bool[] _special;

    /// <summary>The bytes of all tokens in a row; those of a token begin at its offset and end at the next one's.</summary>
    private readonly byte[] _bytes;
    private readonly int[] _offsets;

    public Vocabulary(Dictionary<string, int> model, IReadOnlyList<AddedToken> added, TokenDecoder decoder)
    {
        _ids = model;
        _addedIds = added.ToDictionary(token => token.Content, token => token.Id);
        Size = model.Values.Concat(_addedIds.Values).Max() + 1;
        _tokens = new string?[Size];
        _special = new bool[Size];
        foreach (var (token, id) in model.Concat(_addedIds))
        {
            _tokens[id] = token;
        }

        // The content of an added token is text and never the spelling of bytes.
        Dictionary<int, byte[]> addedBytes = added.ToDictionary(token => token.Id, token => Encoding.UTF8.GetBytes(token.Content));
        foreach (var token in added)
        {
            _special[token.Id] = token.IsSpecial;
        }

        _offsets = new int[Size + 1];
        using MemoryStream bytes = new();
        for (var id = 0; id < Size; id++)
        {
            bytes.Write(addedBytes.GetValueOrDefault(id) ?? (_tokens[id] is { } token ? decoder.BytesOf(token) : []));
            _offsets[id + 1] = checked((int)bytes.Length);
        }

        _bytes = bytes.ToArray();
    }

    public int Size { get; }

    public int? IdOf(string token) => _addedIds.TryGetValue(token, out var id) || _ids.TryGetValue(token, out id) ? id : null;

    public string? TokenOf(int id) => Has(id) ? _tokens[id] : null;

    public ReadOnlyMemory<byte> BytesOf(int id) => Has(id) ? _bytes.AsMemory(_offsets[id].._offsets[id + 1]) : default;

    public bool IsSpecial(int id) => Has(id) && _special[id];

    private bool Has(int id) => (uint)id < (uint)Size;
}
