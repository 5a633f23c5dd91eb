import Files
import Foundation

/// URLs where a path is expected. mtan reads files and standard input; programs that fetch are others'.
enum RemoteLocation {
    /// Why an input is not taken, with the way out; nil if it is no URL, or a file of that very name.
    static func refusal(ofInput argument: String) -> String? {
        guard let scheme = scheme(of: argument) else { return nil }
        let url = argument.shown()
        let quoted = url.contains("'") ? "URL" : "'\(url)'"
        let way =
            switch scheme {
            case "http", "https", "ftp", "ftps", "sftp", "scp":
                "`curl -L \(quoted) | mtan predict - -o out`"
            case "s3": "`aws s3 cp \(quoted) - | mtan predict - -o out`"
            case "gs": "`gcloud storage cat \(quoted) | mtan predict - -o out`"
            case "file": "give the path, \(path(ofFile: argument).shown())"
            default: "fetch it first, and give the path of the file"
            }
        return "expected paths of photos, found the URL \(url); \(way)"
    }

    /// Why an output is not taken; nil if it is no URL.
    static func refusal(ofOutput argument: String) -> String? {
        guard let scheme = scheme(of: argument) else { return nil }
        if scheme == "file" {
            return
                "-o takes a path, found the URL \(argument.shown()); give \(path(ofFile: argument).shown())"
        }
        return "-o takes a path, found the URL \(argument.shown()); write to a folder and copy it there"
    }

    /// The scheme of a URL with an authority (RFC 3986), in small letters.
    private static func scheme(of argument: String) -> String? {
        guard let match = argument.prefixMatch(of: /([A-Za-z][A-Za-z0-9+.\-]*):\/\//),
            Folder.identity(of: argument) == nil
        else { return nil }
        return match.1.lowercased()
    }

    private static func path(ofFile url: String) -> String {
        let rest = url.dropFirst("file://".count)
        let path = rest.firstIndex(of: "/").map { String(rest[$0...]) } ?? String(rest)
        return path.removingPercentEncoding ?? path
    }
}
