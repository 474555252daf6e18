/// Completion of graphsh's own words for bash, zsh and fish, written from the tables.
enum InterpreterCompletions {
  static func text(for interpreter: CommandInterpreter) -> String {
    switch interpreter {
    case .bash: bash
    case .zsh: zsh
    case .fish: fish
    }
  }

  /// A command's options with what is common to all.
  private static func options(of entry: CommandEntry) -> [(
    names: [String], value: String?, summary: String, choices: [String]
  )] {
    var result = entry.options.map { ($0.names, $0.value, $0.summary, $0.choices) }
    result.append((["--help"], nil, "show the help", []))
    if entry.name.isEmpty {
      for option in CommandTable.informationOptions {
        result.append(([option.name], option.value, option.summary, option.choices))
      }
    }
    return result
  }

  private static let commands = CommandTable.entries.filter { !$0.name.isEmpty }

  // MARK: bash

  private static var bash: String {
    var text = """
      # Completion of graphsh for bash; made by `graphsh --completions bash`.
      _graphsh() {
        local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
        local command=${COMP_WORDS[1]} words=
        [ "$COMP_CWORD" -eq 1 ] && command=
        case "$command" in

      """
    for entry in commands + [CommandTable.session] {
      text += "  \(entry.name.isEmpty ? "*" : entry.name))\n    case \"$before\" in\n"
      for option in options(of: entry) where option.value != nil {
        let pattern = option.names.joined(separator: "|")
        if option.choices.isEmpty {
          text += "    \(pattern)) ;;\n"
        } else {
          text += "    \(pattern)) words=\"\(option.choices.joined(separator: " "))\" ;;\n"
        }
      }
      let all = options(of: entry).flatMap(\.names).joined(separator: " ")
      let names = commands.map(\.name).joined(separator: " ")
      text += "    *) case \"$word\" in -*) words=\"\(all)\" ;;"
      text += entry.name.isEmpty ? " *) [ \"$COMP_CWORD\" -eq 1 ] && words=\"\(names)\" ;;" : ""
      text += " esac ;;\n    esac ;;\n"
    }
    return text + """
        esac
        COMPREPLY=($(compgen -W "$words" -- "$word"))
        # Where no word fits it is a path.
        [ ${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- "$word"))
      }
      complete -o filenames -F _graphsh graphsh

      """
  }

  // MARK: zsh

  private static var zsh: String {
    var text = """
      #compdef graphsh
      # Completion of graphsh for zsh; made by `graphsh --completions zsh`.
      _graphsh() {
        local -a commands
        commands=(

      """
    for entry in commands {
      text += "    '\(entry.name):\(quoted(entry.summary, and: ":"))'\n"
    }
    text += "  )\n  case \"$words[2]\" in\n"
    for entry in commands + [CommandTable.session] {
      text += "  \(entry.name.isEmpty ? "*" : entry.name))\n"
      if entry.name.isEmpty {
        text += "    (( CURRENT == 2 )) && _describe command commands\n"
      } else {
        text += "    shift words; (( CURRENT-- ))\n"
      }
      text += "    _arguments \\\n"
      for option in options(of: entry) {
        for name in option.names {
          text += "      '*\(name)[\(quoted(option.summary, and: "[]"))]"
          if let value = option.value {
            text += ":\(quoted(value, and: ":")):"
            if !option.choices.isEmpty {
              text += "(\(option.choices.joined(separator: " ")))"
            } else if value == "FILE" || value == "SCRIPT" {
              text += "_files"
            } else if value == "FOLDER" {
              text += "_files -/"
            }
          }
          text += "' \\\n"
        }
      }
      text += "      '*:file:_files' ;;\n"
    }
    return text + "  esac\n}\n_graphsh \"$@\"\n"
  }

  /// Text in single quotes, with a backslash before characters that mean something.
  private static func quoted(_ text: String, and special: String) -> String {
    var result = ""
    for character in text {
      if character == "'" {
        result += "'\\''"
      } else if special.contains(character) || character == "\\" {
        result += "\\\(character)"
      } else {
        result.append(character)
      }
    }
    return result
  }

  // MARK: fish

  private static var fish: String {
    var text = """
      # Completion of graphsh for fish; made by `graphsh --completions fish`.

      """
    let names = commands.map(\.name).joined(separator: " ")
    for entry in commands {
      text += "complete -c graphsh -n __fish_use_subcommand -a \(entry.name) "
      text += "-d '\(quoted(entry.summary, and: ""))'\n"
    }
    for entry in commands + [CommandTable.session] {
      let condition =
        entry.name.isEmpty
        ? "not __fish_seen_subcommand_from \(names)" : "__fish_seen_subcommand_from \(entry.name)"
      for option in options(of: entry) {
        text += "complete -c graphsh -n '\(condition)'"
        for name in option.names {
          text += name.hasPrefix("--") ? " -l \(name.dropFirst(2))" : " -s \(name.dropFirst())"
        }
        if option.value != nil { text += " -r" }
        if !option.choices.isEmpty {
          text += " -f -a '\(option.choices.joined(separator: " "))'"
        }
        text += " -d '\(quoted(option.summary, and: ""))'\n"
      }
    }
    return text
  }
}
