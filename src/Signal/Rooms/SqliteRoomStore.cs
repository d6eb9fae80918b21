using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using RtcHub.Signal.Sessions;

namespace RtcHub.Signal.Rooms;

/// <summary>
/// The embedded store: one SQLite file. Writes go through <see cref="SqliteWriter"/>, which commits them in groups; reads have
/// connections of their own and, with a write-ahead log, wait for nobody.
/// </summary>
internal sealed class SqliteRoomStore : IRoomStore, IAsyncDisposable
{
    private const string RoomColumns = "id, name, mode, max_participants, locked, lobby, passcode_hash, metadata, created_at, expires_at, empty_timeout, version";

    // One step a version; user_version says how many have been taken. Steps are only ever added.
    private static readonly string[] Schema =
    [
        """
        create table rooms (id text primary key, name text, mode text not null, max_participants integer not null, locked integer not null,
            lobby integer not null, passcode_hash text, metadata text, created_at text not null, expires_at text, empty_timeout integer,
            version integer not null) without rowid;
        create table chat (room text not null references rooms (id) on delete cascade, message integer not null, sender text not null,
            name text not null, text text not null, at text not null, n integer not null, primary key (room, message)) without rowid;
        create unique index chat_sender on chat (room, sender, n);
        create table sessions (id text primary key, secret_hash blob not null, state blob not null, ended_at text) without rowid;
        """,
    ];

    private readonly string _connectionString;
    private readonly SqliteWriter _writer;

    /// <param name="path">The file; made with its folder when it is missing.</param>
    public SqliteRoomStore(string path, ILogger<SqliteRoomStore> logger)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);
        _connectionString = new SqliteConnectionStringBuilder { DataSource = path, ForeignKeys = true, DefaultTimeout = 5 }.ToString();
        var connection = Open();
        // WAL with NORMAL: a commit survives the process, kill -9 included; losing power may cost the last moment, never the file.
        Execute(connection, "pragma journal_mode = wal; pragma synchronous = normal;");
        Migrate(connection);
        _writer = new SqliteWriter(connection, logger);
    }

    public async Task<RoomRecord?> GetRoomAsync(string id, CancellationToken cancel)
    {
        await using var connection = Open();
        var rooms = Read(connection, $"select {RoomColumns} from rooms where id = $id", ReadRoom, ("$id", id));
        return rooms is [var room] ? room : null;
    }

    public async Task<IReadOnlyList<RoomRecord>> ListRoomsAsync(string? after, int limit, CancellationToken cancel)
    {
        await using var connection = Open();
        return Read(
            connection, $"select {RoomColumns} from rooms where id > $after order by id limit $limit", ReadRoom, ("$after", after ?? ""), ("$limit", limit));
    }

    public Task<bool> AddRoomAsync(RoomRecord room, CancellationToken cancel) => _writer.WriteAsync(
        connection => Execute(
            connection,
            $"""
            insert into rooms ({RoomColumns}) values ($id, $name, $mode, $max, $locked, $lobby, $passcode, $metadata, $created, $expires, $empty, $version)
            on conflict do nothing
            """,
            RoomParameters(room)) == 1,
        cancel);

    public Task<bool> ReplaceRoomAsync(RoomRecord room, CancellationToken cancel) => _writer.WriteAsync(
        connection => Execute(
            connection,
            """
            update rooms set name = $name, mode = $mode, max_participants = $max, locked = $locked, lobby = $lobby, passcode_hash = $passcode,
                metadata = $metadata, created_at = $created, expires_at = $expires, empty_timeout = $empty, version = $version
            where id = $id and version = $version - 1
            """,
            RoomParameters(room)) == 1,
        cancel);

    public Task<bool> DeleteRoomAsync(string id, long? version, CancellationToken cancel) => _writer.WriteAsync(
        connection => Execute(
            connection, "delete from rooms where id = $id and ($version is null or version = $version)", ("$id", id), ("$version", version)) == 1,
        cancel);

    public Task<ChatMessage> AppendChatAsync(
        string room, string from, string name, string text, long n, DateTimeOffset at, int keep, CancellationToken cancel) => _writer.WriteAsync(
        connection =>
        {
            var before = Read(
                connection, "select message, sender, name, text, at, n from chat where room = $room and sender = $from and n = $n", ReadChat,
                ("$room", room), ("$from", from), ("$n", n));
            if (before is [var known])
                return known;
            var last = Read(connection, "select coalesce(max(message), 0) from chat where room = $room", r => r.GetInt64(0), ("$room", room))[0];
            Execute(
                connection, "insert into chat (room, message, sender, name, text, at, n) values ($room, $message, $from, $name, $text, $at, $n)",
                ("$room", room), ("$message", last + 1), ("$from", from), ("$name", name), ("$text", text), ("$at", Write(at)), ("$n", n));
            Execute(connection, "delete from chat where room = $room and message <= $old", ("$room", room), ("$old", last + 1 - keep));
            return new ChatMessage(last + 1, from, name, text, at, n);
        },
        cancel);

    public async Task<IReadOnlyList<ChatMessage>> ChatAsync(string room, int limit, CancellationToken cancel)
    {
        await using var connection = Open();
        var newest = Read(
            connection, "select message, sender, name, text, at, n from chat where room = $room order by message desc limit $limit", ReadChat,
            ("$room", room), ("$limit", limit));
        newest.Reverse();
        return newest;
    }

    public void SaveSession(SessionRecord session) => _writer.WriteBehind(
        "session:" + session.Id,
        connection => Execute(
            connection,
            """
            insert into sessions (id, secret_hash, state, ended_at) values ($id, $hash, $state, $ended)
            on conflict do update set secret_hash = $hash, state = $state, ended_at = $ended
            """,
            ("$id", session.Id), ("$hash", session.SecretHash), ("$state", session.State), ("$ended", session.EndedAt is { } at ? Write(at) : null)));

    public void RemoveSession(string id) => _writer.WriteBehind(
        "session:" + id, connection => Execute(connection, "delete from sessions where id = $id", ("$id", id)));

    public async Task<IReadOnlyList<SessionRecord>> LoadSessionsAsync(CancellationToken cancel)
    {
        await using var connection = Open();
        return Read(
            connection, "select id, secret_hash, state, ended_at from sessions",
            r => new SessionRecord(r.GetString(0), r.GetFieldValue<byte[]>(1), r.GetFieldValue<byte[]>(2), ReadTime(r, 3)));
    }

    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        return connection;
    }

    private static void Migrate(SqliteConnection connection)
    {
        var done = Read(connection, "pragma user_version", r => r.GetInt32(0))[0];
        if (done > Schema.Length)
            throw new InvalidOperationException($"The store was written by a newer version (schema {done}, known {Schema.Length}).");
        for (var step = done; step < Schema.Length; step++)
        {
            using var transaction = connection.BeginTransaction();
            Execute(connection, Schema[step]);
            Execute(connection, $"pragma user_version = {step + 1}");
            transaction.Commit();
        }
    }

    private static (string, object?)[] RoomParameters(RoomRecord room) =>
    [
        ("$id", room.Id), ("$name", room.Name), ("$mode", RoomProperties.ModeName(room.Mode)), ("$max", room.MaxParticipants), ("$locked", room.Locked),
        ("$lobby", room.Lobby), ("$passcode", room.PasscodeHash), ("$metadata", room.Metadata?.GetRawText()), ("$created", Write(room.CreatedAt)),
        ("$expires", room.ExpiresAt is { } at ? Write(at) : null), ("$empty", room.EmptyTimeoutSeconds), ("$version", room.Version),
    ];

    private static RoomRecord ReadRoom(SqliteDataReader r) => new(
        r.GetString(0), r.IsDBNull(1) ? null : r.GetString(1), Enum.Parse<RoomMode>(r.GetString(2), ignoreCase: true), r.GetInt32(3), r.GetBoolean(4),
        r.GetBoolean(5), r.IsDBNull(6) ? null : r.GetString(6), r.IsDBNull(7) ? null : JsonElement.Parse(r.GetString(7)), ReadTime(r, 8)!.Value,
        ReadTime(r, 9), r.IsDBNull(10) ? null : r.GetInt32(10), r.GetInt64(11));

    private static ChatMessage ReadChat(SqliteDataReader r) =>
        new(r.GetInt64(0), r.GetString(1), r.GetString(2), r.GetString(3), ReadTime(r, 4)!.Value, r.GetInt64(5));

    private static string Write(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    private static DateTimeOffset? ReadTime(SqliteDataReader r, int column) =>
        r.IsDBNull(column) ? null : DateTimeOffset.Parse(r.GetString(column), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind);

    private static int Execute(SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(connection, sql, parameters);
        return command.ExecuteNonQuery();
    }

    private static List<T> Read<T>(
        SqliteConnection connection, string sql, Func<SqliteDataReader, T> row, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(connection, sql, parameters);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(row(reader));
        return rows;
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }
}
