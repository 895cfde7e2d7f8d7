; Deskside.exe, what a customer downloads: brings the release that is packed in it into a folder of this user's own, once,
; and starts it with the name of the file that was opened. No administrator, no entry anywhere, no network.
;
; A release is unpacked under another name and renamed, while a file is held open that only one start can hold: nobody
; ever sees half of it. Releases nobody uses any more go away when a new one comes: one whose program runs cannot be
; deleted.
;
; Given by installers/windows_launcher.py: RELEASE, FILES (what unpacks every file of the bundle), OUT, VERSION, NUMBERS,
; ICON.

Unicode true
Name "Deskside"
OutFile "${OUT}"
Icon "${ICON}"
RequestExecutionLevel user
ManifestDPIAware true
ManifestSupportedOS Win8.1 Win10
SilentInstall silent
AutoCloseWindow true
CRCCheck force
SetCompressor /SOLID lzma
SetCompressorDictSize 64
SetDateSave off

VIProductVersion "${NUMBERS}"
VIFileVersion "${NUMBERS}"
VIAddVersionKey "ProductName" "Deskside"
VIAddVersionKey "FileDescription" "Deskside"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "LegalCopyright" "GPL-3.0-or-later"

!include "LogicLib.nsh"
!include "FileFunc.nsh"

LoadLanguageFile "${NSISDIR}/Contrib/Language files/English.nlf"
LoadLanguageFile "${NSISDIR}/Contrib/Language files/German.nlf"
LoadLanguageFile "${NSISDIR}/Contrib/Language files/Spanish.nlf"
LoadLanguageFile "${NSISDIR}/Contrib/Language files/French.nlf"
LangString NO_ROOM ${LANG_ENGLISH} "Deskside could not unpack itself. Is the disk full? Please make room and open the file again."
LangString NO_ROOM ${LANG_GERMAN} "Deskside konnte sich nicht entpacken. Ist die Festplatte voll? Bitte schaffen Sie Platz und öffnen Sie die Datei noch einmal."
LangString NO_ROOM ${LANG_SPANISH} "Deskside no pudo desempaquetarse. ¿Está lleno el disco? Libere espacio y vuelva a abrir el archivo."
LangString NO_ROOM ${LANG_FRENCH} "Deskside n’a pas pu se décompresser. Le disque est-il plein ? Libérez de la place et ouvrez le fichier à nouveau."

!define RELEASE_LENGTH 16 ; characters
!define SCANNED_TENTHS 100 ; of a second
!define PATIENCE_TENTHS 600 ; of a second: how long to wait for another start that is unpacking

Var parent
Var folder
Var lock

Section
  StrCpy $parent "$LOCALAPPDATA\Deskside"
  StrCpy $folder "$parent\${RELEASE}"
  CreateDirectory "$parent"
  ${IfNot} ${FileExists} "$parent\*.*"
    Call GiveUp
  ${EndIf}
  Call Lock
  ${IfNot} ${FileExists} "$folder\deskside.exe"
    Call Unpack
  ${EndIf}
  ${GetParameters} $0
  SetOutPath "$folder"
  ClearErrors
  Exec '"$folder\deskside.exe" --from "$EXEPATH" $0'
  ${If} ${Errors}
    Call GiveUp
  ${EndIf}
  FileClose $lock
SectionEnd

Function Lock
  StrCpy $0 0
  ${Do}
    ClearErrors
    FileOpen $lock "$parent\lock" w
    ${IfNot} ${Errors}
      Return
    ${EndIf}
    Sleep 100
    IntOp $0 $0 + 1
  ${LoopUntil} $0 >= ${PATIENCE_TENTHS}
  Call GiveUp
FunctionEnd

Function Unpack
  Call RemoveUnused
  ClearErrors
  !include "${FILES}"
  SetOutPath "$parent\new"
  StrCpy $0 1
  ${IfNot} ${Errors}
    ExecWait '"$parent\new\restore.exe"' $0
  ${EndIf}
  Delete "$parent\new\restore.exe"
  Delete "$parent\new\restore.bin"
  SetOutPath "$parent"
  ${If} $0 != 0
    RMDir /r "$parent\new"
    Call GiveUp
  ${EndIf}
  RMDir /r "$folder"
  StrCpy $0 0
  ${Do} ; a virus scanner may hold new files open for a moment
    ClearErrors
    Rename "$parent\new" "$folder"
    ${IfNot} ${Errors}
      Return
    ${EndIf}
    Sleep 100
    IntOp $0 $0 + 1
  ${LoopUntil} $0 >= ${SCANNED_TENTHS}
  RMDir /r "$parent\new"
  Call GiveUp
FunctionEnd

; Remove what an interrupted start left behind, and every other release that does not run.
Function RemoveUnused
  RMDir /r "$parent\new"
  FindFirst $0 $1 "$parent\*"
  ${DoWhile} $1 != ""
    StrLen $2 $1
    ${If} $2 = ${RELEASE_LENGTH} ; neither ".." nor anything that is not ours
      ClearErrors
      Delete "$parent\$1\deskside.exe"
      ${IfNot} ${Errors}
        RMDir /r "$parent\$1"
      ${EndIf}
    ${EndIf}
    FindNext $0 $1
  ${Loop}
  FindClose $0
FunctionEnd

Function GiveUp
  MessageBox MB_OK|MB_ICONSTOP "$(NO_ROOM)"
  SetErrorLevel 2
  Quit
FunctionEnd
